"""Small elements of the screens, whose texts are never interpreted as markup."""

from collections.abc import Callable
from typing import Any

from nicegui import Client, ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console import formatting


def text(tag: str, content: str = "", classes: str = "") -> TextElement:
    """Create an element with a text."""
    element = TextElement(tag=tag, text=content)
    if classes:
        element.classes(classes)
    return element


def link(content: str, url: str, classes: str = "") -> ui.link:
    """Create a link within the console."""
    element = ui.link(content, url)
    if classes:
        element.classes(classes)
    return element


def status_chip(status: str) -> TextElement:
    """Create a label for a state, in its colour."""
    return text("span", formatting.label(status), f"chip {status}")


def copyable(value: str, what: str) -> None:
    """Show an id with a button that copies it."""
    with ui.element("span").classes("copyable"):
        text("code", value, "id")
        button = copy_button(value, what)
        button.on("click", lambda: ui.notify(f"Copied the {what}", timeout=1500))


def copy_button(value: str, what: str) -> ui.button:
    """Return a button that copies a text."""
    button = ui.button(icon="content_copy").props(f'flat round dense size=sm aria-label="Copy {what}"')
    button.on("click", js_handler=f"() => navigator.clipboard.writeText({_js(value)})")
    return button


def shell(line: str, what: str) -> None:
    """Show a shell command with a button that copies it."""
    with ui.element("div").classes("shell"):
        text("pre", line).props('tabindex="0"')
        copy_button(line, f"the {what}")


def empty(sentence: str) -> TextElement:
    """Show a sentence in place of missing content."""
    return text("p", sentence, "empty")


async def confirmed_by(dialog: ui.dialog) -> bool:
    """Wait until a dialog is answered, and remove it.

    Returns:
        Whether the dialog was confirmed; False if its page was closed.
    """
    confirmed = bool(await dialog)
    if dialog.client.id in Client.instances:
        dialog.delete()
    return confirmed


def section(title: str, classes: str = "") -> Any:
    """Create a section of a screen with a title, to be used as a context manager."""
    part = ui.element("section").classes(f"part {classes}")
    with part:
        text("h2", title)
    return part


class Area:
    """Part of a screen that is redrawn only when its content changes.

    Needless redrawing can move elements and lose the focus.

    Args:
        tag: HTML tag of the part.
        classes: CSS classes of the part.
    """

    def __init__(self, tag: str = "div", classes: str = "") -> None:
        self.element = ui.element(tag)
        if classes:
            self.element.classes(classes)
        self._shown: object = _NOTHING

    def show[T](self, content: T, draw: Callable[[T], object]) -> None:
        """Draw the content, unless it is already shown."""
        if self._shown is not _NOTHING and self._shown == content:
            return
        self._shown = _NOTHING  # a drawing that fails is repeated
        self.element.clear()
        with self.element:
            draw(content)
        self._shown = content


_NOTHING = object()


def _js(value: str) -> str:
    import json

    # `<` and `>` are escaped in case the text becomes part of the page's own script.
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e")
