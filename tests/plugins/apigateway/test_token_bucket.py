"""Token buckets and quotas at times set by the tests."""

from datetime import UTC, datetime

import pytest

from sandbox.services.apigateway.token_bucket import Limit, Quota, TokenBucket


def test_a_burst_empties_a_bucket_and_time_fills_it() -> None:
    """A bucket allows its burst at once, then its rate, and after any pause at most its burst again."""
    bucket = TokenBucket(Limit(rate=2, burst=3))
    assert [bucket.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(10.4)  # 0.8 tokens
    assert bucket.take(10.5)
    assert not bucket.take(10.9)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_stands_still_gives_nothing() -> None:
    """A clock that stands still or goes back, as two threads may see it, adds no tokens."""
    bucket = TokenBucket(Limit(rate=1000, burst=1))
    assert bucket.take(5.0)
    assert not bucket.take(4.0)
    assert not bucket.take(4.0)


@pytest.mark.parametrize(
    ("period", "same", "next_one"),
    [
        ("DAY", "2026-03-31T23:59:59", "2026-04-01T00:00:00"),
        ("WEEK", "2026-04-04T23:59:59", "2026-04-05T00:00:00"),  # a Sunday
        ("MONTH", "2026-03-31T23:59:59", "2026-04-01T00:00:00"),
    ],
)
def test_a_quota_begins_anew_with_its_period(period: str, same: str, next_one: str) -> None:
    """An exhausted quota is available again in its next period, and not before."""
    quota = Quota(limit=2, period=period)
    begun = datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert [quota.use(begun) for _ in range(3)] == [True, True, False]
    assert not quota.use(datetime.fromisoformat(same).replace(tzinfo=UTC))
    assert quota.use(datetime.fromisoformat(next_one).replace(tzinfo=UTC))
