"""A trace as a waterfall: a line for each span, with a bar for its start and duration."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from faultline.operations.spans import Span

BAR_WIDTH = 40
_STYLES = {"ok": "green", "error": "yellow", "throttle": "magenta", "fault": "red"}
# The annotations that matter most to a reader; the JSON has all of them.
_SHOWN = ("attempt", "category", "ColdStart")


def waterfall(spans: Sequence[Span]) -> Table:
    """Return a table of a trace's spans, of which there must be at least one."""
    begin = min(span.start for span in spans)
    end = max(span.end or span.start for span in spans)
    table = Table(box=None, pad_edge=False)
    table.add_column("what", no_wrap=True)
    table.add_column("after", justify="right")
    table.add_column("took", justify="right")
    table.add_column(f"{_milliseconds(end - begin)} in all", no_wrap=True)
    table.add_column("")
    for span in spans:
        table.add_row(
            Text("  " * span.depth + " ".join(filter(None, (span.name, span.operation)))),
            _milliseconds(span.start - begin),
            "?" if span.seconds is None else _milliseconds(span.seconds),
            Text(bar(span, begin, end), style=_STYLES[span.outcome]),
            Text(_remarks(span)),
        )
    return table


def bar(span: Span, begin: float, end: float) -> str:
    """Draw a span as a bar of 1 to BAR_WIDTH characters, placed between `begin` and `end`."""
    scale = BAR_WIDTH / (end - begin) if end > begin else 0.0
    offset = min(int((span.start - begin) * scale), BAR_WIDTH - 1)
    if span.end is None:
        return " " * offset + "?"
    length = max(1, round((span.end - span.start) * scale))
    return " " * offset + "━" * min(length, BAR_WIDTH - offset)


def _remarks(span: Span) -> str:
    outcome = [] if span.outcome == "ok" else [span.outcome]
    lost = ["never reported back"] if span.end is None else []
    told = [f"{name} {span.annotations[name]}" for name in _SHOWN if span.annotations.get(name)]
    return ", ".join([*outcome, *lost, *told])


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"
