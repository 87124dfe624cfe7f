"""Sparklines in the terminal."""

import pytest

from faultline.cli.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([None, None], "··"),
        ([0, 0, None], "▁▁·"),
        ([0, 1, 2, 4, 8], "▁▂▃▅█"),
        # Any value above zero is visible, however small.
        ([0.001, 1000], "▂█"),
        ([-5, 5], "▁█"),
    ],
)
def test_a_bar_for_each_value(values: list[float | None], drawn: str) -> None:
    assert sparkline(values) == drawn
