"""How many of something there were in each part of a time."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from lambdas.domain.serialization import JsonModel, Timestamp

MAX_BUCKETS = 48

# As people count: a day is 24 buckets of an hour, or 48 of half an hour; a week 28 of 6 hours.
_WIDTHS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 7 * 86_400)
)


class Bucket(JsonModel):
    """`{at, count}`: how many from then until the next bucket begins."""

    at: Timestamp
    count: Annotated[int, Field(ge=0)]


class Histogram:
    """Counts moments from `since` up to and including `until`, which is not before it."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._until = until
        self._width = bucket_width(until - since)
        self._counts: Counter[int] = Counter()

    def add(self, moment: datetime) -> None:
        self._counts[min((moment - self._since) // self._width, self._last)] += 1

    def buckets(self) -> list[Bucket]:
        """From the first to the last, empty ones too; the last ends when the time does."""
        return [
            Bucket(at=self._since + place * self._width, count=self._counts[place])
            for place in range(self._last + 1)
        ]

    @property
    def _last(self) -> int:
        # What comes at the very end belongs to the bucket before it.
        return max(0, -(-(self._until - self._since) // self._width) - 1)


def bucket_width(span: timedelta) -> timedelta:
    """The narrowest that divides a time into MAX_BUCKETS at most: seconds to weeks, and then whole weeks."""
    for width in _WIDTHS:
        if span <= MAX_BUCKETS * width:
            return width
    return _WIDTHS[-1] * -(-span // (MAX_BUCKETS * _WIDTHS[-1]))
