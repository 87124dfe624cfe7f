"""Small parts of which the screens are made. Texts are never taken for markup."""

from collections.abc import Callable
from typing import Any

from nicegui import Client, ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console import words


def text(tag: str, content: str = "", classes: str = "") -> TextElement:
    """Return an element with a text."""
    element = TextElement(tag=tag, text=content)
    if classes:
        element.classes(classes)
    return element


def link(content: str, url: str, classes: str = "") -> ui.link:
    """Return a link within the console."""
    element = ui.link(content, url)
    if classes:
        element.classes(classes)
    return element


def status_chip(status: str) -> TextElement:
    """Return a state in its colour."""
    return text("span", words.label(status), f"chip {status}")


def copyable(value: str, what: str) -> None:
    """Show an id that a click copies."""
    with ui.element("span").classes("copyable"):
        text("code", value, "id")
        button = ui.button(icon="content_copy").props(f'flat round dense size=sm aria-label="Copy {what}"')
        button.on("click", js_handler=f"() => navigator.clipboard.writeText({_js(value)})")
        button.on("click", lambda: ui.notify(f"Copied the {what}", timeout=1500))


def shell(line: str, what: str) -> None:
    """Show a shell line that a click copies."""
    with ui.element("div").classes("shell"):
        text("pre", line).props('tabindex="0"')
        button = ui.button(icon="content_copy").props(
            f'flat round dense size=sm aria-label="Copy the {what}"'
        )
        button.on("click", js_handler=f"() => navigator.clipboard.writeText({_js(line)})")


def empty(sentence: str) -> TextElement:
    """Say in a sentence that there is nothing to show."""
    return text("p", sentence, "empty")


async def confirmed_by(dialog: ui.dialog) -> bool:
    """Wait for the answer to a dialog, and remove it.

    Returns:
        Whether it was confirmed; it was not when its page is gone.
    """
    confirmed = bool(await dialog)
    if dialog.client.id in Client.instances:
        dialog.delete()
    return confirmed


def section(title: str, classes: str = "") -> Any:
    """Return a titled part of a screen, to be used with `with`."""
    part = ui.element("section").classes(f"part {classes}")
    with part:
        text("h2", title)
    return part


class Area:
    """A part of a screen that is drawn anew only when its content changes.

    What is drawn anew may move, and loses the focus.

    Args:
        tag: The element that it is.
        classes: The classes of the element.
    """

    def __init__(self, tag: str = "div", classes: str = "") -> None:
        self.element = ui.element(tag)
        if classes:
            self.element.classes(classes)
        self._shown: object = _NOTHING

    def show[T](self, content: T, draw: Callable[[T], object]) -> None:
        """Draw a content, unless it is what is shown already."""
        if self._shown is not _NOTHING and self._shown == content:
            return
        self._shown = content
        self.element.clear()
        with self.element:
            draw(content)


_NOTHING = object()


def _js(value: str) -> str:
    import json

    # `<` and `>` would matter if the text were written into the page's own script.
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e")
