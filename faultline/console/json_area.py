"""Text area for JSON, which may be too large for the browser to send."""

from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments


class JsonArea(ui.textarea):
    """Text area that knows whether the browser shows another text than the one that arrived.

    NiceGUI's script sends events of up to 1 MB, in which a quote takes four bytes and a line end three. It
    leaves out the text of a larger one, so that the value remains the text before the edit.
    """

    def __init__(self, label: str, text: str, **options: Any) -> None:
        """Create a text area.

        Args:
            label: Label of the field.
            text: Initial text.
            options: Further options of `ui.textarea`.
        """
        super().__init__(label, value=text, **options)
        self._entered: int | None = None
        self.props("autogrow input-class=id")
        self.on("update:model-value", self._measure, js_handler="(text) => emit((text ?? '').length)")

    def _measure(self, event: GenericEventArguments) -> None:
        self._entered = event.args

    @property
    def is_outdated(self) -> bool:
        """Whether the browser shows a text that it could not send."""
        return self._entered not in (None, _utf16_units(self.value or ""))


def _utf16_units(text: str) -> int:
    """Return the length of a text in JavaScript."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
