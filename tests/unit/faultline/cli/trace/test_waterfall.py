"""Drawing a trace as a waterfall."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from faultline.cli.trace.waterfall import BAR_WIDTH, bar, waterfall
from faultline.operations.spans import Span


def a_span(start: float, end: float | None, depth: int = 0, **more: Any) -> Span:
    values = {"name": "worker", "outcome": "ok", "annotations": {}, "operation": "", **more}
    return Span(depth=depth, start=start, end=end, **values)


@pytest.mark.parametrize(
    ("start", "end", "drawn"),
    [
        (0, 10, "━" * BAR_WIDTH),
        (5, 10, " " * (BAR_WIDTH // 2) + "━" * (BAR_WIDTH // 2)),
        (0, 0.001, "━"),
        (10, 10, " " * (BAR_WIDTH - 1) + "━"),
        (5, None, " " * (BAR_WIDTH // 2) + "?"),
    ],
)
def test_a_bar_shows_when_it_was(start: float, end: float | None, drawn: str) -> None:
    assert bar(a_span(start, end), 0, 10) == drawn


def test_a_trace_of_no_duration_is_drawn() -> None:
    assert bar(a_span(1, 1), 1, 1) == "━"


def test_the_picture_says_how_attempts_went() -> None:
    """A waterfall shows names, durations, failures and lost attempts."""
    drawn = StringIO()
    console = Console(width=140, file=drawn)
    console.print(
        waterfall(
            [
                a_span(0, 12),
                a_span(1, 1.5, 1, outcome="fault", annotations={"attempt": 1, "category": "NETWORK"}),
                a_span(3, None, 1, annotations={"attempt": 2}),
            ],
            140,
        ),
        soft_wrap=True,
    )
    text = drawn.getvalue()
    assert "12.0 s in all" in text
    assert "fault, attempt 1, category NETWORK" in text
    assert "never reported back, attempt 2" in text
    assert "500 ms" in text
