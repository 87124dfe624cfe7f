"""The bars of a trace."""

import pytest

from faultline.console.trace_waterfall import place
from faultline.operations.spans import Span


@pytest.mark.parametrize(
    ("start", "end", "placed"),
    [(10, 20, (0, 100)), (15, 20, (50, 50)), (15, None, (50, 0)), (20, 20, (100, 0)), (15, 99, (50, 50))],
)
def test_a_bar_is_where_the_span_was(start: float, end: float | None, placed: tuple[float, float]) -> None:
    span = Span(depth=0, name="x", start=start, end=end, outcome="ok", annotations={}, operation="")
    assert place(span, 10, 20) == placed


def test_a_trace_without_duration_is_drawn() -> None:
    span = Span(depth=0, name="x", start=1, end=1, outcome="ok", annotations={}, operation="")
    assert place(span, 1, 1) == (0, 0)
