"""What CloudWatch keeps of the values of one period, and the statistics that it answers with.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
Percentiles need the values themselves, so there are none where a statistic set came in, unless all of its
values are one, nor where a value is negative:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

import math
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

MOST_VALUES = 1000
"""Of more distinct values only the first three digits are kept, and so of their percentiles."""

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100(?:\.0{1,10})?)", re.IGNORECASE)


class UnknownStatistic(Exception):
    """A statistic that there is not: none of the five, and no percentile."""


class StatisticSet(NamedTuple):
    """Values of which only this is known."""

    sample_count: float
    total: float
    minimum: float
    maximum: float


class Datapoint:
    """The values of one period. Empty at first; not thread-safe."""

    __slots__ = ("_coarse", "_raw", "_values", "count", "maximum", "minimum", "total")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.minimum = math.inf
        self.maximum = -math.inf
        self._raw = True
        self._coarse = False
        self._values: dict[float, float] | None = None  # made when there is a second value

    def add(self, value: float, count: float = 1) -> None:
        """Take a value in that was seen `count` times."""
        if count <= 0:
            return
        if self._raw and self.count and not self.minimum == value == self.maximum:
            self._keep(value, count)
        self._summarize(StatisticSet(count, value * count, value, value))

    def add_set(self, seen: StatisticSet) -> None:
        """Take in a statistic set."""
        if seen.minimum == seen.maximum:
            self.add(seen.minimum, seen.sample_count)
        elif seen.sample_count > 0:
            self._raw, self._values = False, None
            self._summarize(seen)

    def merge(self, other: "Datapoint") -> None:
        """Take in what another has."""
        if other._raw:
            for value, count in other.values().items():
                self.add(value, count)
        else:
            self.add_set(StatisticSet(other.count, other.total, other.minimum, other.maximum))

    def values(self) -> Mapping[float, float]:
        """How often each value was seen; empty when that is not known."""
        if self._values is not None:
            return self._values
        return {self.minimum: self.count} if self._raw and self.count else {}

    def statistic(self, name: str) -> float | None:
        """A statistic by its name; None where it cannot be told. Raises UnknownStatistic."""
        if found := _PERCENTILE.fullmatch(name):
            return self._percentile(float(found[1]))
        if name not in _STATISTICS:
            raise UnknownStatistic(name)
        return _STATISTICS[name](self) if self.count else None

    def _keep(self, value: float, count: float) -> None:
        if self._values is None:
            self._values = {self.minimum: self.count}
        if self._coarse:
            value = _coarse(value)
        self._values[value] = self._values.get(value, 0) + count
        if len(self._values) > MOST_VALUES and not self._coarse:
            self._coarse = True
            kept, self._values = self._values, {}
            for each, times in kept.items():
                self._values[_coarse(each)] = self._values.get(_coarse(each), 0) + times

    def _summarize(self, seen: StatisticSet) -> None:
        self.count += seen.sample_count
        self.total += seen.total
        self.minimum = min(self.minimum, seen.minimum)
        self.maximum = max(self.maximum, seen.maximum)

    def _percentile(self, percent: float) -> float | None:
        """By linear interpolation between the two nearest values."""
        values = sorted(self.values().items())
        if not values or self.minimum < 0:
            return None
        rank = percent / 100 * (self.count - 1)
        ends = list(accumulate(count for _, count in values))
        lower = next(i for i, end in enumerate(ends) if end > math.floor(rank))
        upper = next((i for i, end in enumerate(ends) if end > math.ceil(rank)), lower)
        low, high = values[lower][0], values[upper][0]
        return low + (high - low) * (rank - math.floor(rank))


def _coarse(value: float) -> float:
    return float(f"{value:.3g}")


_STATISTICS = {
    "SampleCount": lambda point: point.count,
    "Sum": lambda point: point.total,
    "Average": lambda point: point.total / point.count,
    "Minimum": lambda point: point.minimum,
    "Maximum": lambda point: point.maximum,
}
