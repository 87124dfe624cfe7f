"""Histogram of times over a period."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from lambdas.domain.serialization import JsonModel, Timestamp

MAX_BUCKETS = 48

# Round widths: a day is split into 48 buckets of half an hour, a week into 28 of 6 hours.
_WIDTHS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 7 * 86_400)
)

# The last bucket may be longer by this part of its width: "the last 24 hours" are a little longer by the time
# that a report is made, and would end with an empty bucket.
_SLACK = 20


class Bucket(JsonModel):
    """Number of events from `at` until the start of the next bucket: `{at, count}`."""

    at: Timestamp
    count: Annotated[int, Field(ge=0)]


class Histogram:
    """Counts of times within a period.

    Args:
        since: Start of the period.
        until: End of the period, inclusive; not earlier than `since`.
    """

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._until = until
        self._width = bucket_width(until - since)
        self._counts: Counter[int] = Counter()

    def add(self, moment: datetime) -> None:
        """Count a time, which must lie within the period."""
        self._counts[min((moment - self._since) // self._width, self._last)] += 1

    def buckets(self) -> list[Bucket]:
        """Return all buckets in order, including empty ones; the last one ends at the end of the period."""
        return [
            Bucket(at=self._since + index * self._width, count=count)
            for index, count in enumerate(self.counts())
        ]

    def counts(self) -> list[int]:
        """Return the counts of all buckets, in order."""
        return [self._counts[index] for index in range(self._last + 1)]

    @property
    def _last(self) -> int:
        # The end of the period is inclusive and belongs to the last bucket.
        span = self._until - self._since - self._width / _SLACK
        return max(0, -(-span // self._width) - 1)


def bucket_width(span: timedelta) -> timedelta:
    """Return the narrowest round width with which MAX_BUCKETS buckets cover a span, else whole weeks."""
    for width in _WIDTHS:
        if span - width / _SLACK <= MAX_BUCKETS * width:
            return width
    return _WIDTHS[-1] * -(-span // (MAX_BUCKETS * _WIDTHS[-1]))
