"""Data points by metric, unit and time."""

import pytest

from sandbox.services.cloudwatch.datapoint import Datapoint
from sandbox.services.cloudwatch.store import KEPT_SECONDS, Metric, Sample, Store

METRIC = Metric("000000000000", "us-east-1", "Tests", "Size", (("Queue", "tasks"),))
MINUTE = 28_000_000 * 60
"""The first second of a minute."""


@pytest.fixture
def store() -> Store:
    return Store()


def sums(
    store: Store, metric: Metric = METRIC, period: int = 60, unit: str | None = None
) -> dict[int, float]:
    """Return the sum of each period in ten minutes, by seconds since MINUTE."""
    found = store.periods(metric, start=MINUTE, end=MINUTE + 600, period=period, unit=unit)
    return {at - MINUTE: point.total for at, point in found.items()}


def test_a_minute_is_a_data_point(store: Store) -> None:
    """A standard-resolution metric has one data point per minute; longer periods combine minutes."""
    for second in (0, 59.9, 60, 150):
        store.count(METRIC, 1, at=MINUTE + second, unit="Count")
    assert sums(store) == {0: 2, 60: 1, 120: 1}
    assert sums(store, period=120) == {0: 3, 120: 1}
    assert sums(store, period=10) == {0: 2, 60: 1, 120: 1}


def test_a_second_is_one_of_high_resolution(store: Store) -> None:
    """A high-resolution metric has one data point per second, and one per minute after three hours."""
    store.add([Sample(METRIC, [(1, 1)], MINUTE + at, "Count", 1) for at in (3, 4, 70)])
    assert sums(store, period=1) == {3: 1, 4: 1, 70: 1}
    store.tidy(MINUTE + 3 * 3600)
    assert sums(store, period=1) == {3: 1, 4: 1, 70: 1}
    store.tidy(MINUTE + 3 * 3600 + 60)
    assert sums(store, period=1) == {0: 2, 70: 1}


def test_units_are_kept_apart(store: Store) -> None:
    """Values in different units are separate; a query without a unit combines them."""
    store.count(METRIC, 1, at=MINUTE, unit="Count")
    store.count(METRIC, 2, at=MINUTE, unit="Bytes")
    assert sums(store) == {0: 3}
    assert sums(store, unit="Bytes") == {0: 2}
    assert sums(store, unit="None") == {}
    assert store.units(*METRIC[:4]) == ["Bytes", "Count"]


def test_a_level_has_its_latest_value(store: Store) -> None:
    """A gauge keeps only the latest value of each minute."""
    for second, value in ((0, 5), (30, 7), (59, 6), (60, 1)):
        store.put(METRIC, value, at=MINUTE + second, unit="Count")
    assert sums(store) == {0: 6, 60: 1}
    assert store.is_gauge(METRIC)
    assert not store.is_gauge(METRIC._replace(name="Other"))


def test_accounts_regions_and_dimensions_are_kept_apart(store: Store) -> None:
    """Metrics of different accounts, regions or dimensions are separate."""
    others = [
        METRIC._replace(account="1" * 12),
        METRIC._replace(region="eu-west-1"),
        METRIC._replace(dimensions=()),
    ]
    store.add(Sample(each, [(10, 1)], MINUTE) for each in others)
    store.count(METRIC, 1, at=MINUTE, unit="Count")
    assert sums(store) == {0: 1}
    assert store.metrics(METRIC.account, METRIC.region) == [others[2], METRIC]


def test_what_is_old_is_forgotten(store: Store) -> None:
    """Old data points are deleted, and a metric is deleted with its last one."""
    store.put(METRIC, 1, at=MINUTE, unit="Count")
    store.tidy(MINUTE + KEPT_SECONDS)
    assert sums(store) == {0: 1}
    store.tidy(MINUTE + KEPT_SECONDS + 1)
    assert store.metrics(METRIC.account, METRIC.region) == []
    assert not store.is_gauge(METRIC)


def test_an_answer_is_a_copy(store: Store) -> None:
    """A returned data point is a copy, which later values do not change."""
    store.count(METRIC, 1, at=MINUTE, unit="Count")
    found = store.periods(METRIC, start=MINUTE, end=MINUTE + 60, period=60)
    store.count(METRIC, 1, at=MINUTE, unit="Count")
    assert isinstance(found[MINUTE], Datapoint)
    assert found[MINUTE].total == 1
