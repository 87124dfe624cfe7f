"""The values that an alarm evaluates: a metric's statistic or an expression, period by period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localstack.services.cloudwatch.models import LocalStackMetricAlarm
from localstack.services.cloudwatch.provider_v2 import ValidationException

from sandbox.services.cloudwatch.metric_math.queries import InvalidQuery, Queries
from sandbox.services.cloudwatch.metric_math.values import Series
from sandbox.services.cloudwatch.store import METRICS, STANDARD_RESOLUTION, Metric, dimensions

GROWS = ("Sum", "SampleCount", "Maximum")
"""Statistics that can only grow until their period ends."""

MAX_METRICS = 10
"""Maximum number of metrics of an alarm on metric math."""

_OF_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")


@dataclass(frozen=True, kw_only=True)
class Watched:
    """An alarm's values by period, from the oldest period to the current one."""

    points: list[tuple[int, float | None]]
    """The start of each period in seconds, and its value; None for a missing one."""
    is_level: bool
    """Whether all metrics are gauges, so that the current period's value is already valid."""
    grows: bool
    """Whether the statistics of all metrics can only grow until the period ends."""


def watched(held: LocalStackMetricAlarm, now: float, periods: int) -> Watched:
    """Return an alarm's values in at least `periods` past periods and the current one.

    Raises:
        UnknownStatistic: There is no such statistic.
        InvalidQuery: The alarm's metric math is invalid.
    """
    queries = _queries(held.alarm)
    stats = [query["MetricStat"] for query in queries if "MetricStat" in query]
    period = min(int(stat["Period"]) for stat in stats)
    metrics = [_metric(held, stat["Metric"]) for stat in stats]
    if any(METRICS.resolution(metric) > period for metric in metrics):
        # Only one of six periods in a minute has a data point: the alarm would mostly see none.
        periods = max(periods, STANDARD_RESOLUTION // period)
    current = int(now) - int(now) % period
    times = range(current - periods * period, current + period, period)

    def read(query: Mapping[str, Any]) -> Series:
        return _series(_metric(held, query["MetricStat"]["Metric"]), query["MetricStat"], times)

    [returned] = _returned(queries)
    series = Queries(queries, read, times).series(returned["Id"])
    return Watched(
        points=[(at, series.points.get(at)) for at in times],
        is_level=all(METRICS.is_gauge(metric) for metric in metrics),
        grows=all(stat["Stat"] in GROWS for stat in stats),
    )


def check(alarm: Mapping[str, Any]) -> None:
    """Check an alarm's metric math, unless the alarm detects anomalies.

    Raises:
        ValidationException: The metric math is invalid. The message is like that of PutMetricAlarm.
    """
    queries = alarm.get("Metrics")
    if not queries or alarm.get("ThresholdMetricId"):  # an alarm on anomalies
        return
    try:
        if both := [name for name in _OF_ONE_METRIC if alarm.get(name)]:
            raise InvalidQuery(f"Metrics list and {', '.join(both)} must not both be given.")  # noqa: TRY301
        _check(queries)
    except InvalidQuery as error:
        raise ValidationException(str(error)) from error


def _check(queries: Sequence[Mapping[str, Any]]) -> None:
    if len(_returned(queries)) != 1:
        raise InvalidQuery("Exactly one element of the metrics list should return data.")
    metrics = [query for query in queries if "MetricStat" in query]
    if not 1 <= len(metrics) <= MAX_METRICS:
        raise InvalidQuery(f"An alarm must have 1 to {MAX_METRICS} metrics.")

    def nothing(query: Mapping[str, Any]) -> Series:
        return Series({}, int(query["MetricStat"]["Period"]))

    Queries(queries, nothing, range(0)).series(_returned(queries)[0]["Id"])


def _queries(alarm: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return an alarm's queries. A single metric becomes a query too."""
    if queries := alarm.get("Metrics"):
        return list(queries)
    metric = {name: alarm.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    stat = {
        "Metric": metric,
        "Period": alarm["Period"],
        "Stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
        "Unit": alarm.get("Unit"),
    }
    return [{"Id": "metric", "MetricStat": stat}]


def _returned(queries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [query for query in queries if query.get("ReturnData") is not False]


def _series(metric: Metric, stat: Mapping[str, Any], times: range) -> Series:
    period = int(stat["Period"])
    found = METRICS.periods(metric, start=times.start, end=times.stop, period=period, unit=stat.get("Unit"))
    values = {at: point.statistic(stat["Stat"]) for at, point in found.items()}
    return Series({at: value for at, value in values.items() if value is not None}, period)


def _metric(held: LocalStackMetricAlarm, named: Mapping[str, Any]) -> Metric:
    of = {each["Name"]: each["Value"] for each in named.get("Dimensions") or []}
    return Metric(
        held.account_id, held.region, str(named.get("Namespace")), str(named["MetricName"]), dimensions(of)
    )
