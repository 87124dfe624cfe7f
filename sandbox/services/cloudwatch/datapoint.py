"""The values of one period, and their statistics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
Data points with a negative value have no percentiles:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

import math
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

MAX_VALUES = 250
"""Number of distinct values above which only three significant digits of each are kept."""

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100(?:\.0{1,10})?)", re.IGNORECASE)


class Summary(NamedTuple):
    """Statistics of values that the client has aggregated (a StatisticSet)."""

    samples: float
    total: float
    minimum: float
    maximum: float


class UnknownStatistic(Exception):
    """The statistic is neither one of CloudWatch's five basic ones nor a percentile."""


class Datapoint:
    """The values of one period, empty at first. Not thread-safe."""

    __slots__ = ("_coarse", "_is_summary", "_values", "count", "maximum", "minimum", "total")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.minimum = math.inf
        self.maximum = -math.inf
        self._coarse = False
        self._is_summary = False
        self._values: dict[float, float] | None = None  # created for the second value

    def add(self, value: float, count: float = 1) -> None:
        """Add a value `count` times, or not at all if `count` is not positive."""
        if count <= 0:
            return
        if self.count and not self.minimum == value == self.maximum:
            self._keep(value, count)
        self._include(count, value * count, value, value)

    def add_summary(self, summary: Summary) -> None:
        """Add values of which only the statistics are known.

        The data point then has no percentiles, unless all of these values are the same:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
        """
        if summary.minimum == summary.maximum:
            self.add(summary.minimum, summary.samples)
        elif summary.samples > 0:
            self._is_summary = True
            self._include(*summary)

    def merge(self, other: "Datapoint") -> None:
        """Add the values of another data point, or its statistics if only those are known."""
        if other._is_summary:
            self.add_summary(Summary(other.count, other.total, other.minimum, other.maximum))
            return
        for value, count in other.values().items():
            self.add(value, count)

    def values(self) -> Mapping[float, float]:
        """Return the count of each value; empty if only the statistics of some are known."""
        if self._is_summary:
            return {}
        if self._values is not None:
            return self._values
        return {self.minimum: self.count} if self.count else {}

    def statistic(self, name: str) -> float | None:
        """Return a statistic by name, or None if it is undefined.

        Raises:
            UnknownStatistic: There is no such statistic.
        """
        if found := _PERCENTILE.fullmatch(name):
            return self._percentile(float(found[1]))
        if name not in _STATISTICS:
            raise UnknownStatistic(name)
        return _STATISTICS[name](self) if self.count else None

    def _include(self, count: float, total: float, minimum: float, maximum: float) -> None:
        self.count += count
        self.total += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)

    def _keep(self, value: float, count: float) -> None:
        if self._is_summary:
            return
        if self._values is None:
            self._values = {self.minimum: self.count}
        if self._coarse:
            value = _coarse(value)
        self._values[value] = self._values.get(value, 0) + count
        if len(self._values) > MAX_VALUES and not self._coarse:
            self._coarse = True
            kept, self._values = self._values, {}
            for each, times in kept.items():
                self._values[_coarse(each)] = self._values.get(_coarse(each), 0) + times

    def _percentile(self, percent: float) -> float | None:
        """Return a percentile, interpolated between the two nearest values, or None if it is undefined."""
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
