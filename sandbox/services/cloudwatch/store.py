"""The sandbox's metrics, in memory. Each value is added to the data point of its minute or second.

The resolutions are CloudWatch's. A metric of standard resolution has a data point for each minute. A
high-resolution metric has one for each second, which is merged into the one for its minute after three hours.
Data points are deleted after 15 days, whereas CloudWatch keeps coarser ones.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Resolution_definition
"""

import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sandbox.services.cloudwatch.datapoint import Datapoint, Summary

STANDARD_RESOLUTION = 60
HIGH_RESOLUTION = 1
HIGH_RESOLUTION_KEPT_SECONDS = 3 * 3600
KEPT_SECONDS = 15 * 86_400
NO_UNIT = "None"

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, sorted by name."""


class Metric(NamedTuple):
    """The identity of a metric. Each set of dimensions is a separate metric."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: Dimensions = ()


def dimensions(values: Mapping[str, str]) -> Dimensions:
    """Return dimensions sorted by name."""
    return tuple(sorted(values.items()))


class Sample(NamedTuple):
    """Values of a metric with their counts, and their time in seconds since 1970.

    `summary` contains values of which only the statistics are known.
    """

    metric: Metric
    values: Iterable[tuple[float, float]]
    at: float
    unit: str = NO_UNIT
    resolution: int = STANDARD_RESOLUTION
    summary: Summary | None = None


class Store:
    """Data points by metric, unit and start in seconds. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: dict[Metric, dict[str, dict[int, Datapoint]]] = {}
        self._gauges: set[Metric] = set()
        self._fine: set[Metric] = set()

    def add(self, samples: Iterable[Sample]) -> None:
        """Add values. Those of one period are aggregated."""
        with self._lock:
            for sample in samples:
                point = self._point(sample.metric, sample.at, sample.unit, sample.resolution)
                for value, count in sample.values:
                    point.add(value, count)
                if sample.summary:
                    point.add_summary(sample.summary)

    def count(self, metric: Metric, value: float, *, at: float, unit: str) -> None:
        """Add one value."""
        with self._lock:
            self._point(metric, at, unit, STANDARD_RESOLUTION).add(value)

    def put(self, metric: Metric, value: float, *, at: float, unit: str) -> None:
        """Set a gauge's value for a minute, replacing an earlier value of that minute."""
        point = Datapoint()
        point.add(value)
        with self._lock:
            self._gauges.add(metric)
            units = self._points.setdefault(metric, {})
            units.setdefault(unit, {})[_beginning(at, STANDARD_RESOLUTION)] = point

    def is_gauge(self, metric: Metric) -> bool:
        """Return whether a metric is a gauge, whose data point for the current minute is already valid."""
        return metric in self._gauges

    def resolution(self, metric: Metric) -> int:
        """Return the seconds between two data points of a metric."""
        return HIGH_RESOLUTION if metric in self._fine else STANDARD_RESOLUTION

    def periods(
        self, metric: Metric, *, start: int, end: int, period: int, unit: str | None = None
    ) -> dict[int, Datapoint]:
        """Return the data points from `start` to before `end`, merged into periods counted from `start`.

        With `unit` None all units are merged. The keys are the starts of the periods in seconds, in order.
        """
        merged: dict[int, Datapoint] = {}
        with self._lock:
            for found, points in self._points.get(metric, {}).items():
                if unit not in (None, found):
                    continue
                # Iterate over the requested times or the existing data points, whichever are fewer.
                step = self.resolution(metric)
                times = range(start + -start % step, end, step)
                for at in times if len(times) < len(points) else list(points):
                    if start <= at < end and at in points:
                        merged.setdefault(at - (at - start) % period, Datapoint()).merge(points[at])
        return dict(sorted(merged.items()))

    def units(self, account: str, region: str, namespace: str, name: str) -> list[str]:
        """Return the units of the metrics with the given name."""
        with self._lock:
            return sorted({unit for metric, units in self._points.items() for unit in units
                           if metric[:4] == (account, region, namespace, name)})  # fmt: skip

    def metrics(self, account: str, region: str) -> list[Metric]:
        """Return the metrics that have data points."""
        with self._lock:
            return [metric for metric in self._points if metric[:2] == (account, region)]

    def everything(self) -> list[tuple[Metric, int, Datapoint]]:
        """Return all data points, each with its metric and its start in seconds since 1970."""
        with self._lock:
            return [
                (metric, at, point)
                for metric, units in self._points.items()
                for points in units.values()
                for at, point in points.items()
            ]

    def tidy(self, now: float) -> None:
        """Merge older high-resolution data points into minutes, and delete expired ones."""
        with self._lock:
            for metric, units in list(self._points.items()):
                for unit, points in list(units.items()):
                    for at in [at for at in points if at < now - HIGH_RESOLUTION_KEPT_SECONDS and at % 60]:
                        points.setdefault(at - at % 60, Datapoint()).merge(points.pop(at))
                    for at in [at for at in points if at < now - KEPT_SECONDS]:
                        del points[at]
                    if not points:
                        del units[unit]
                if not units:
                    del self._points[metric]
                    self._gauges.discard(metric)
                    self._fine.discard(metric)

    def clear(self) -> None:
        """Delete all metrics."""
        with self._lock:
            self._points.clear()
            self._gauges.clear()
            self._fine.clear()

    def _point(self, metric: Metric, at: float, unit: str, resolution: int) -> Datapoint:
        points = self._points.setdefault(metric, {}).setdefault(unit, {})
        if resolution != STANDARD_RESOLUTION:
            self._fine.add(metric)
        beginning = _beginning(at, resolution)
        found = points.get(beginning)
        if found is None:
            found = points[beginning] = Datapoint()
        return found


def _beginning(at: float, resolution: int) -> int:
    return int(at) - int(at) % resolution


METRICS = Store()
"""The store of the sandbox's metrics. Services add to it, and CloudWatch reads from it."""
