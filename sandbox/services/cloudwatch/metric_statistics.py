"""GetMetricStatistics with percentiles, which LocalStack answers with an internal error.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

from datetime import datetime
from typing import Any, cast

from localstack.aws.api.cloudwatch import GetMetricStatisticsOutput

from sandbox.services.cloudwatch.database import NULL
from sandbox.services.cloudwatch.store import NO_UNIT


def get_metric_statistics(
    get: Any,
    provider: Any,
    context: Any,
    namespace: str,
    metric_name: str,
    start_time: datetime,
    end_time: datetime,
    period: int,
    *,
    dimensions: list[Any] | None = None,
    statistics: list[str] | None = None,
    extended_statistics: list[str] | None = None,
    unit: str | None = None,
    **kwargs: Any,
) -> GetMetricStatisticsOutput:
    """Wrap CloudwatchProvider.get_metric_statistics, which ignores extended statistics."""
    times = {"start_time": start_time, "end_time": end_time}
    of = {"namespace": namespace, "metric_name": metric_name}
    answer: GetMetricStatisticsOutput = get(
        provider,
        context,
        **of,
        **times,
        period=period,
        dimensions=dimensions,
        statistics=statistics or [],
        unit=unit,
        **kwargs,
    )
    if not extended_statistics:
        return answer
    where = {"account_id": context.account_id, "region": context.region}
    database = provider.cloudwatch_database
    points: dict[tuple[int, str], dict[str, Any]] = {}
    for each_unit in [unit] if unit else database.get_units_for_metric_data_stat(**where, **times, **of):
        for statistic in extended_statistics:
            metric = {"Namespace": namespace, "MetricName": metric_name, "Dimensions": dimensions or []}
            asked = {"Metric": metric, "Period": period, "Stat": statistic, "Unit": each_unit}
            found = database.get_metric_data_stat(
                **where, **times, query={"MetricStat": asked}, scan_by="TimestampAscending"
            )
            for at, value in zip(found["timestamps"], found["values"], strict=True):
                named = NO_UNIT if each_unit == NULL else each_unit
                point = points.setdefault(
                    (at, named), {"Timestamp": at, "Unit": named, "ExtendedStatistics": {}}
                )
                point["ExtendedStatistics"][statistic] = value
    return GetMetricStatisticsOutput(Datapoints=cast(Any, list(points.values())), Label=metric_name)
