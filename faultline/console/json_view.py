"""Display of a JSON value with collapsible parts."""

import json
from collections.abc import Iterator
from typing import Any

from nicegui import ui

from faultline.console.elements import copy_button, text

_MOST_PARTS = 300
"""Maximum number of parts, each an element of the page; larger values are shown as plain text."""
_MOST_OPEN = 60
"""Number of parts above which only the first level is expanded."""
_MOST_COPIED = 100_000
"""Maximum length of a text with a copy button, which doubles the data sent to the browser."""


def draw_json(value: Any, what: str) -> None:
    """Draw a value, with a button that copies it unless it is very large.

    Args:
        value: The value.
        what: Name of the value for screen readers, such as `payload`.
    """
    written = json.dumps(value, indent=2, ensure_ascii=False)
    with ui.element("div").classes("json"):
        if len(written) <= _MOST_COPIED:
            copy_button(written, f"the {what}")
        if folds(value):
            _draw("", value, is_open=_count(value) <= _MOST_OPEN, level=0)
        else:
            text("pre", written).props('tabindex="0"')


def folds(value: Any) -> bool:
    """Return whether a value has nested parts, but no more than can be shown."""
    if not any(_is_container(part) for _, part in _parts(value)):
        return False
    return _count(value) <= _MOST_PARTS


def _is_container(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the label and the value of each part of an object or a list."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield f"{json.dumps(name, ensure_ascii=False)}: ", part
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield f"{number}: ", part


def _count(value: Any) -> int:
    """Count the parts of a value, stopping after _MOST_PARTS."""
    count, rest = 0, [value]
    while rest and count <= _MOST_PARTS:
        count += 1
        rest.extend(part for _, part in _parts(rest.pop()))
    return count


def _draw(label: str, value: Any, *, is_open: bool, level: int) -> None:
    if not _is_container(value):
        text("div", label + json.dumps(value, ensure_ascii=False), "id leaf")
        return
    with ui.element("details") as details:
        if is_open or level == 0:
            details.props("open")
        unit = "field" if isinstance(value, dict) else "item"
        with ui.element("summary").classes("id"):
            text("span", label)
            text("span", f"{len(value):,} {unit}{'' if len(value) == 1 else 's'}", "muted")
        for part_label, part in _parts(value):
            _draw(part_label, part, is_open=is_open, level=level + 1)
