"""GetMetricData with metric math and ReturnData, which LocalStack lacks.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
A response with metric math is a single page; MaxDatapoints is ignored.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from localstack.aws.api.cloudwatch import GetMetricDataOutput, MetricDataResult, ScanBy, StatusCode
from localstack.services.cloudwatch.provider_v2 import ValidationException

from sandbox.services.cloudwatch.database import beginning
from sandbox.services.cloudwatch.metric_math.queries import InvalidQuery, Queries
from sandbox.services.cloudwatch.metric_math.values import Series

DEFAULT_PERIOD = 60


def get_metric_data(
    get: Any,
    provider: Any,
    context: Any,
    metric_data_queries: Sequence[Mapping[str, Any]],
    start_time: datetime,
    end_time: datetime,
    *args: Any,
    **kwargs: Any,
) -> GetMetricDataOutput:
    """Wrap CloudwatchProvider.get_metric_data, to answer requests with metric math or ReturnData."""
    if not any("Expression" in query or query.get("ReturnData") is False for query in metric_data_queries):
        answer: GetMetricDataOutput = get(
            provider, context, metric_data_queries, start_time, end_time, *args, **kwargs
        )
        return answer
    read = partial(_read, provider.cloudwatch_database, context, start_time, end_time)
    latest_first = kwargs.get("scan_by") != ScanBy.TimestampAscending
    try:
        queries = Queries(metric_data_queries, read, _times(metric_data_queries, start_time, end_time))
        results = [
            _result(query, queries.series(query["Id"]), latest_first=latest_first)
            for query in metric_data_queries
            if query.get("ReturnData") is not False
        ]
    except InvalidQuery as error:
        raise ValidationException(str(error)) from error
    return GetMetricDataOutput(MetricDataResults=results, Messages=[])


def _read(database: Any, context: Any, start: datetime, end: datetime, query: Mapping[str, Any]) -> Series:
    found = database.get_metric_data_stat(
        account_id=context.account_id,
        region=context.region,
        query=query,
        start_time=start,
        end_time=end,
        scan_by=ScanBy.TimestampAscending,
    )
    points = dict(zip(found["timestamps"], found["values"], strict=True))
    asked = query["MetricStat"]
    return Series(points, int(asked["Period"]), query.get("Label") or asked["Metric"]["MetricName"])


def _times(queries: Sequence[Mapping[str, Any]], start: datetime, end: datetime) -> range:
    """Return the start times of the periods, whose length is the shortest period of a query."""
    periods = [int(query["MetricStat"]["Period"]) for query in queries if "MetricStat" in query]
    periods += [int(query["Period"]) for query in queries if query.get("Period")]
    period = min(periods, default=DEFAULT_PERIOD)
    return range(beginning(start, period), int(end.timestamp()), period)


def _result(query: Mapping[str, Any], series: Series, *, latest_first: bool) -> MetricDataResult:
    points = sorted(series.points.items(), reverse=latest_first)
    label = query.get("Label") or query["Id"]
    if "MetricStat" in query:
        label = series.label
    return MetricDataResult(
        Id=query["Id"],
        Label=label,
        StatusCode=StatusCode.Complete,
        Timestamps=[datetime.fromtimestamp(at, UTC) for at, _ in points],
        Values=[value for _, value in points],
    )
