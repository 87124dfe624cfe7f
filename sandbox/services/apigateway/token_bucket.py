"""Token buckets and quotas. Thread-safe; callers pass the time."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """A limit of `rate` requests per second on average, and `burst` at once."""

    rate: float
    burst: float


@dataclass
class TokenBucket:
    """A bucket of at most `burst` tokens, full at first, that gains `rate` tokens a second."""

    limit: Limit
    _tokens: float = field(init=False)
    _at: float | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._tokens = self.limit.burst

    def take(self, now: float) -> bool:
        """Take a token, and return whether there was one.

        Args:
            now: Seconds of any monotonic clock.
        """
        with self._lock:
            passed = 0.0 if self._at is None else max(0.0, now - self._at)
            self._at = now
            self._tokens = min(self.limit.burst, self._tokens + passed * self.limit.rate)
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


@dataclass
class Quota:
    """At most `limit` uses in each DAY, WEEK or MONTH. Periods begin at midnight UTC, weeks on Sunday."""

    limit: int
    period: str
    _used: int = field(default=0, init=False)
    _began: datetime | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def use(self, now: datetime) -> bool:
        """Count a use if the period's quota allows it, and return whether it does."""
        began = _beginning(now.astimezone(UTC), self.period)
        with self._lock:
            if began != self._began:
                self._began, self._used = began, 0
            if self._used >= self.limit:
                return False
            self._used += 1
            return True


def _beginning(now: datetime, period: str) -> datetime:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "WEEK":
            return day - timedelta(days=(day.weekday() + 1) % 7)
        case "MONTH":
            return day.replace(day=1)
        case _:
            return day
