"""Statistics of a period's values."""

import random

import pytest

from sandbox.services.cloudwatch.datapoint import MAX_VALUES, Datapoint, Summary, UnknownStatistic


def of(*values: float) -> Datapoint:
    point = Datapoint()
    for value in values:
        point.add(value)
    return point


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SampleCount", 4),
        ("Sum", 20),
        ("Average", 5),
        ("Minimum", 2),
        ("Maximum", 9),
        ("p0", 2),
        ("p50", 4.5),  # between 4 and 5
        ("p90", 7.8),  # 5 + 0.7 * 4
        ("p99.9", 8.988),
        ("p100", 9),
    ],
)
def test_statistics(name: str, value: float) -> None:
    """Each statistic is computed from the values 2, 4, 5 and 9."""
    assert of(9, 2, 5, 4).statistic(name) == pytest.approx(value)


def test_an_empty_one_has_none() -> None:
    """A data point whose only value occurred zero times has no statistics."""
    point = Datapoint()
    point.add(5, 0)
    assert point.statistic("Sum") is None
    assert point.statistic("p50") is None


@pytest.mark.parametrize("name", ["p101", "p", "tm99", "Median", "sum", "p-1"])
def test_others_are_unknown(name: str) -> None:
    """Unknown statistics, and percentiles outside 0 to 100, are refused."""
    with pytest.raises(UnknownStatistic):
        of(1).statistic(name)


def test_counts_weigh() -> None:
    """Percentiles and averages weigh each value by how often it occurred."""
    point = of(10)
    point.add(1, 99)
    assert (point.statistic("p50"), point.statistic("p100")) == (1, 10)
    assert point.statistic("Average") == pytest.approx(1.09)


def test_a_negative_value_hides_percentiles() -> None:
    """A data point with a negative value has no percentiles, as on AWS."""
    assert of(-1, 1).statistic("p50") is None


def test_merging_is_adding() -> None:
    """Merged data points have the values of both."""
    merged = of(1, 5)
    merged.merge(of(3, 3))
    merged.merge(Datapoint())
    assert dict(merged.values()) == {1: 1, 5: 1, 3: 2}


def test_many_values_take_little_room() -> None:
    """Many values are rounded to three digits; the median stays within 1%, and the sum exact."""
    chance = random.Random(1)
    values = [chance.uniform(1, 1000) for _ in range(20_000)]
    point = of(*values)
    assert MAX_VALUES < len(point.values()) < 3_000
    assert point.statistic("p50") == pytest.approx(sorted(values)[10_000], rel=0.01)
    assert point.statistic("Sum") == pytest.approx(sum(values))


def test_a_summary_counts_and_takes_the_percentiles_away() -> None:
    """A summary leaves no percentiles, even after a merge, unless its values are all the same."""
    point = of(1)
    point.add_summary(Summary(samples=3, total=12, minimum=2, maximum=6))
    point.add(7)
    merged = Datapoint()
    merged.merge(point)
    for each in (point, merged):
        found = [each.statistic(name) for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum")]
        assert found == [5, 20, 4, 1, 7]
        assert each.statistic("p50") is None

    same = of(1)
    same.add_summary(Summary(samples=2, total=10, minimum=5, maximum=5))
    assert same.statistic("p50") == 5
