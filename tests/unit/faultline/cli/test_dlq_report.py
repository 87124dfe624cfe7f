"""The trend in `faultline dlq report`."""

import pytest

from faultline.cli.dlq_report import sparkline


@pytest.mark.parametrize(
    ("counts", "line"),
    [([], ""), ([0, 0], "  "), ([0, 1, 2, 8], " ▁▂█"), ([3], "█"), ([1, 100], "▁█"), ([99, 100], "██")],
)
def test_a_trend_is_a_line_of_bars(counts: list[int], line: str) -> None:
    """Any count above zero has a bar, and the largest has the full height."""
    assert sparkline(counts) == line
