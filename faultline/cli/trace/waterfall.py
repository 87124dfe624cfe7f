"""Rendering of a trace as a waterfall: a line for each span, with a bar for its start and duration."""

from collections.abc import Sequence

from rich.text import Text

from faultline.cli.listing import Listing
from faultline.operations.spans import Span

BAR_WIDTH, MIN_BAR_WIDTH = 40, 10
_STYLES = {"ok": "green", "error": "yellow", "throttle": "magenta", "fault": "red"}


def waterfall(spans: Sequence[Span], width: int) -> Listing:
    """Create a listing of a trace's spans.

    Args:
        spans: The spans in drawing order; at least one.
        width: Maximum number of characters in a line; the bars are shortened to fit.
    """
    begin = min(span.start for span in spans)
    end = max(span.end or span.start for span in spans)
    rows = [
        (
            "  " * span.depth + span.title,
            _milliseconds(span.start - begin),
            "?" if span.seconds is None else _milliseconds(span.seconds),
        )
        for span in spans
    ]
    columns = ("what", "after", "took")
    taken = sum(max(map(len, each)) + 2 for each in zip(columns, *rows, strict=True))
    bars = min(BAR_WIDTH, max(MIN_BAR_WIDTH, width - taken))
    heading = f"{_milliseconds(end - begin)} in all"
    table = Listing(*columns, heading, "remarks", key=False, prose=True, right=("after", "took"))
    for span, cells in zip(spans, rows, strict=True):
        drawn = Text(bar(span, begin, end, bars), style=_STYLES[span.outcome])
        table.add(*cells, drawn, span.remarks)
    return table


def bar(span: Span, begin: float, end: float, width: int = BAR_WIDTH) -> str:
    """Draw a span as a bar of 1 to `width` characters between `begin` and `end`; `?` if it has no end."""
    scale = width / (end - begin) if end > begin else 0.0
    offset = min(int((span.start - begin) * scale), width - 1)
    if span.end is None:
        return " " * offset + "?"
    length = max(1, round((span.end - span.start) * scale))
    return " " * offset + "━" * min(length, width - offset)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"
