"""Order statistics and ratios, with the arithmetic in comments."""

import pytest

from benchmarks.statistics import medians, percentile, ratio


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7], 50, 7),
        ([7], 99, 7),
        ([4, 1, 3, 2], 50, 2),  # rank ceil(4 * 0.50) = 2
        ([5, 4, 3, 2, 1], 50, 3),  # rank ceil(2.5) = 3
        (range(1, 101), 99, 99),
        (range(1, 201), 99, 198),
        (range(1, 11), 99, 10),  # the largest of fewer than 100
        (range(1, 11), 100, 10),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(
    values: list[float], percent: float, expected: float
) -> None:
    """A percentile is a measured value: the nearest rank, without interpolation."""
    assert percentile(list(values), percent) == expected


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], 0), ([1], 101)])
def test_there_is_no_such_percentile(values: list[float], percent: float) -> None:
    """A percentile out of range, or of no values, raises an error."""
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_medians_are_taken_per_figure() -> None:
    """The median of a figure ignores rounds that lack it."""
    assert medians([{"a": 1, "b": 10}, {"a": 3}, {"a": 2, "b": 20}]) == {"a": 2, "b": 15}


@pytest.mark.parametrize(
    ("value", "reference", "expected"), [(6, 2, 3), (0, 2, 0), (1, 0, None), (None, 2, None), (1, None, None)]
)
def test_a_ratio_is_missing_where_it_means_nothing(
    value: float | None, reference: float | None, expected: float | None
) -> None:
    """A ratio is None if a value is missing or the reference is zero."""
    assert ratio(value, reference) == expected
