"""The geometry of sparklines."""

from faultline.console.sparkline import paths


def test_a_line_from_the_ground_to_the_highest_value() -> None:
    assert paths([0, 5, 10]) == ("M0 34 L100 18 L200 2", "")


def test_a_gap_where_there_is_no_value_and_a_dot_for_a_value_alone() -> None:
    assert paths([1, None, 1, 1]) == ("M133.3 2 L200 2", "M0 2 h0.01")


def test_nothing_but_zeros_lies_on_the_ground() -> None:
    assert paths([0, 0]) == ("M0 34 L200 34", "")
