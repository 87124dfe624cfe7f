"""Counts of events in the buckets of a period."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.histogram import MAX_BUCKETS, Histogram, bucket_width

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "width"),
    [
        (timedelta(0), timedelta(seconds=1)),
        (timedelta(seconds=48), timedelta(seconds=1)),
        (timedelta(minutes=5), timedelta(seconds=10)),
        (timedelta(hours=1), timedelta(minutes=5)),
        (timedelta(hours=24), timedelta(minutes=30)),
        (timedelta(days=7), timedelta(hours=6)),
        (timedelta(days=30), timedelta(days=1)),
        (timedelta(days=365), timedelta(days=14)),
        (timedelta(days=5000), timedelta(days=105)),
    ],
)  # fmt: skip
def test_a_time_is_divided_as_people_count(span: timedelta, width: timedelta) -> None:
    """A period has at most MAX_BUCKETS buckets, as narrow as a round width allows."""
    assert bucket_width(span) == width
    assert span <= MAX_BUCKETS * width


def test_empty_buckets_are_there_and_the_ends_belong() -> None:
    """Empty buckets are included, and moments at both ends of the period are counted."""
    histogram = Histogram(NOON, NOON + timedelta(minutes=4))
    for second in (0, 4, 5, 239.9, 240):
        histogram.add(NOON + timedelta(seconds=second))
    buckets = histogram.buckets()
    assert len(buckets) == 48
    assert [(bucket.at - NOON).total_seconds() for bucket in buckets] == [5 * n for n in range(48)]
    assert [bucket.count for bucket in buckets] == [2, 1, *[0] * 44, 0, 2]


@pytest.mark.parametrize(("hours", "buckets"), [(1, 12), (24, 48), (7 * 24, 28)])
def test_a_moment_more_is_no_bucket_more(hours: int, buckets: int) -> None:
    """A period that is a few seconds too long has no extra bucket; its end is counted in the last one."""
    until = NOON + timedelta(hours=hours, seconds=3)
    histogram = Histogram(NOON, until)
    histogram.add(until)
    assert (len(histogram.buckets()), histogram.counts()[-1]) == (buckets, 1)


@given(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=300_000)),
    st.lists(st.floats(min_value=0, max_value=1), max_size=20),
)
def test_every_moment_is_counted_once(span: timedelta, shares: list[float]) -> None:
    """Each moment of any period is counted in exactly one bucket."""
    since = datetime(1000, 1, 1, tzinfo=UTC)
    histogram = Histogram(since, since + span)
    for share in shares:
        histogram.add(min(since + span, since + span * share))
    buckets = histogram.buckets()
    assert 1 <= len(buckets) <= MAX_BUCKETS
    assert buckets[0].at == since
    assert buckets[-1].at <= since + span
    assert sum(bucket.count for bucket in buckets) == len(shares)
