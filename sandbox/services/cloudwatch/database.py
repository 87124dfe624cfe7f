"""The database of CloudWatch's provider, in memory.

LocalStack stores each value as a row of an SQLite file in a separate transaction, and reads values
differently from AWS: a metric is found by a part of its dimensions (so a queue's metrics include those of
queues whose names begin with its name), there are no percentiles, and a period begins at the requested second
instead of the minute. How AWS rounds the start:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api.cloudwatch import InvalidParameterValueException, ScanBy
from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase

from sandbox.services.cloudwatch.datapoint import Summary, UnknownStatistic
from sandbox.services.cloudwatch.store import (
    METRICS,
    NO_UNIT,
    STANDARD_RESOLUTION,
    Metric,
    Sample,
    dimensions,
)

NULL = "NULL_VALUE"
"""LocalStack's unit of values without a unit."""


class Database(CloudwatchDatabase):
    """Metrics in memory, in place of the SQLite database of LocalStack's CloudWatch."""

    def __init__(self) -> None:
        """Do nothing: there is no file."""

    def add_metric_data(
        self, account_id: str, region: str, namespace: str, metric_data: Iterable[Mapping[str, Any]]
    ) -> None:
        """Store values.

        Raises:
            InvalidParameterValueException: A datum is invalid.
        """
        for datum in metric_data:
            metric = _metric(account_id, region, {"Namespace": namespace, **datum})
            at = (datum.get("Timestamp") or datetime.now(UTC)).timestamp()
            unit = datum.get("Unit") or NO_UNIT
            resolution = datum.get("StorageResolution") or STANDARD_RESOLUTION
            METRICS.add([Sample(metric, _values(datum), at, unit, resolution, _summary(datum))])

    def get_units_for_metric_data_stat(
        self,
        account_id: str,
        region: str,
        start_time: datetime,  # noqa: ARG002
        end_time: datetime,  # noqa: ARG002
        metric_name: str,
        namespace: str,
    ) -> list[str]:
        """Return the units of a metric's values."""
        units = METRICS.units(account_id, region, namespace, metric_name)
        return [NULL if unit == NO_UNIT else unit for unit in units]

    def get_metric_data_stat(
        self,
        account_id: str,
        region: str,
        query: Mapping[str, Any],
        start_time: datetime,
        end_time: datetime,
        scan_by: str | None,
    ) -> dict[str, list[float]]:
        """Return a statistic's values and the starts of their periods in seconds, by default latest first.

        Raises:
            InvalidParameterValueException: There is no such statistic.
        """
        asked = query["MetricStat"]
        unit = NO_UNIT if asked.get("Unit") == NULL else asked.get("Unit")
        period = int(asked["Period"])
        found = METRICS.periods(
            _metric(account_id, region, {"MetricName": asked["Metric"].get("MetricName"), **asked["Metric"]}),
            start=beginning(start_time, period),
            end=int(end_time.timestamp()),
            period=period,
            unit=unit,
        )
        try:
            values = {at: point.statistic(asked["Stat"]) for at, point in found.items()}
        except UnknownStatistic as error:
            raise InvalidParameterValueException(
                f"The value {error} for parameter Stat is not supported."
            ) from error
        known = [(at, value) for at, value in values.items() if value is not None]
        if scan_by != ScanBy.TimestampAscending:
            known.reverse()
        return {"timestamps": [at for at, _ in known], "values": [value for _, value in known]}

    def list_metrics(
        self,
        account_id: str,
        region: str,
        namespace: str | None,
        metric_name: str | None,
        dimensions: Iterable[Mapping[str, str]],
    ) -> dict[str, Any]:
        """Return the metrics that have all of the given dimensions, and possibly others."""
        found = [
            metric
            for metric in METRICS.metrics(account_id, region)
            if namespace in (None, metric.namespace)
            and metric_name in (None, metric.name)
            and all(
                any(name == each["Name"] and each.get("Value") in (None, value)
                    for name, value in metric.dimensions)
                for each in dimensions
            )
        ]  # fmt: skip
        return {"metrics": [
            {
                "metric_name": each.name,
                "namespace": each.namespace,
                "dimensions": [{"Name": name, "Value": value} for name, value in each.dimensions],
            }
            for each in found
        ]}  # fmt: skip

    def clear_tables(self) -> None:
        """Remove all values."""
        METRICS.clear()

    def get_all_metric_data(self) -> list[dict[str, Any]]:
        """Return all values, for LocalStack's own page of metrics."""
        return [
            {
                "ns": metric.namespace,
                "n": metric.name,
                "v": value,
                "t": at,
                "d": [{"n": name, "v": value} for name, value in metric.dimensions],
                "account": metric.account,
                "region": metric.region,
            }
            for metric, at, point in METRICS.everything()
            for value in point.values()
        ]


def beginning(start: datetime, period: int) -> int:
    """Return the start of the first period: a whole minute, or a multiple of a shorter period."""
    at = int(start.timestamp())
    return at - at % min(period, 60)


def _metric(account: str, region: str, named: Mapping[str, Any]) -> Metric:
    of = {each["Name"]: each["Value"] for each in named.get("Dimensions") or []}
    return Metric(account, region, str(named.get("Namespace")), str(named["MetricName"]), dimensions(of))


def _values(datum: Mapping[str, Any]) -> list[tuple[float, float]]:
    if datum.get("Value") is not None:
        return [(datum["Value"], 1)]
    values = datum.get("Values") or []
    return list(zip(values, datum.get("Counts") or [1] * len(values), strict=True))


def _summary(datum: Mapping[str, Any]) -> Summary | None:
    given = datum.get("StatisticValues")
    return given and Summary(given["SampleCount"], given["Sum"], given["Minimum"], given["Maximum"])
