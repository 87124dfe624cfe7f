"""The trend in `faultline dlq report`."""

import pytest

from faultline.cli.dlq_report import sparkline


@pytest.mark.parametrize(
    ("counts", "line"),
    [([], ""), ([0, 0], "  "), ([0, 1, 2, 8], " ▁▂█"), ([3], "█"), ([1, 100], "▁█"), ([99, 100], "██")],
)
def test_a_trend_is_a_line_of_bars(counts: list[int], line: str) -> None:
    """What is there has a bar, however small; the largest is as high as it goes."""
    assert sparkline(counts) == line
