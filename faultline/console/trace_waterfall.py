"""Waterfall of a trace: a row for each span, with a bar for its start and duration."""

from collections.abc import Sequence

from nicegui import ui

from faultline.console import formatting
from faultline.console.elements import text
from faultline.operations.spans import Span

_MAX_ROWS = 200
_MAX_DEPTH = 8
"""Maximum level of indentation."""


def draw_trace(spans: Sequence[Span]) -> None:
    """Draw up to _MAX_ROWS spans, of which there must be at least one."""
    begin = min(span.start for span in spans)
    end = max(span.end or span.start for span in spans)
    text("p", f"{formatting.duration(end - begin)} in all", "muted")
    around = ui.element("div").classes("scroll").props('tabindex="0" role="group" aria-label="Trace"')
    with around, ui.element("table").classes("plain trace"):
        with ui.element("thead"), ui.element("tr"):
            for title in ("Called", "After", "Took", "When", "Remarks"):
                text("th", title).props('scope="col"')
        with ui.element("tbody"):
            for span in spans[:_MAX_ROWS]:
                _row(span, begin, end)
    if len(spans) > _MAX_ROWS:
        text("p", f"and {len(spans) - _MAX_ROWS} more", "muted")


def _row(span: Span, begin: float, end: float) -> None:
    with ui.element("tr"):
        text("td", span.title).style(f"padding-left: {min(span.depth, _MAX_DEPTH) * 14}px")
        text("td", formatting.duration(span.start - begin), "figures")
        text("td", "?" if span.seconds is None else formatting.duration(span.seconds), "figures")
        with ui.element("td").classes("when"):
            left, width = place(span, begin, end)
            ui.element("span").classes(f"bar {span.outcome}").style(
                f"left: min({left:.2f}%, 100% - 3px); width: {width:.2f}%"
            )
        text("td", span.remarks, "reason muted")


def place(span: Span, begin: float, end: float) -> tuple[float, float]:
    """Return the offset and the width of a span's bar, in percent of the time from `begin` to `end`.

    The width is 0 if the end was never reported; the style sheet gives each bar a minimum width.
    """
    scale = 100 / (end - begin) if end > begin else 0.0
    left = (span.start - begin) * scale
    width = 0.0 if span.end is None else (span.end - span.start) * scale
    return min(left, 100.0), min(width, 100.0 - left)
