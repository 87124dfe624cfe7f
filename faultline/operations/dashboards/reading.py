"""Reading a dashboard and its data from CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from faultline.operations.dashboards.board import Board, Graph, Line
from faultline.operations.dashboards.widgets import queries
from faultline.operations.errors import OperationFailed
from infra.errors import aws_errors

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

PERIODS = 24
"""The number of periods shown. A period is whole minutes, because metrics have no finer data points."""
_NOT_FOUND = ("ResourceNotFound", "InvalidParameterValue")
"""Error codes of AWS, and of emulators, for a dashboard that does not exist."""


def read_board(session: boto3.Session, name: str, since: timedelta, now: datetime) -> Board:
    """Read a dashboard with the data of the time from `since` ago until now.

    Raises:
        OperationFailed: If there is no such dashboard.
        AwsUnavailable: If CloudWatch cannot be reached or refuses a query.
    """
    period = 60 * max(1, math.ceil(since.total_seconds() / PERIODS / 60))
    # The end lies after now, since the current minute already has data.
    end = datetime.fromtimestamp(math.ceil(now.timestamp() / period) * period, UTC)
    start = end - timedelta(seconds=period * PERIODS)
    client: CloudWatchClient = session.client("cloudwatch")
    with aws_errors(f"reading the dashboard {name}"):
        widgets = _widgets(client, name)
        graphs = [
            _graph(client, widget["properties"], start, end, period)
            for widget in widgets
            if widget["type"] == "metric"
        ]
        alarms = [*_alarms(client, widgets)]
    return Board(name=name, start=start, period=period, alarms=alarms, graphs=graphs)


def _widgets(client: "CloudWatchClient", name: str) -> list[Mapping[str, Any]]:
    try:
        body = client.get_dashboard(DashboardName=name)["DashboardBody"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_FOUND:
            raise
        pages = client.get_paginator("list_dashboards").paginate()
        known = sorted(each["DashboardName"] for page in pages for each in page["DashboardEntries"])
        raise OperationFailed(
            f"there is no dashboard {name}; there are: {', '.join(known) or 'none'}"
        ) from error
    return list(json.loads(body)["widgets"])


def _graph(
    client: "CloudWatchClient", properties: Mapping[str, Any], start: datetime, end: datetime, period: int
) -> Graph:
    asked = queries(properties, period)
    by_id = {each.id: each for each in asked}
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[each.query for each in asked],  # type: ignore[misc]
        StartTime=start,
        EndTime=end,
    )
    lines: dict[tuple[str, str], dict[datetime, float]] = {}
    for page in pages:
        for found in page["MetricDataResults"]:
            points = dict(zip(found["Timestamps"], found["Values"], strict=True))
            lines.setdefault((found["Id"], found["Label"]), {}).update(points)
    times = [start + timedelta(seconds=period * number) for number in range(PERIODS)]
    axis = (properties.get("yAxis") or {}).get("left") or {}
    return Graph(
        title=properties.get("title", ""),
        unit=axis.get("label", ""),
        lines=[
            Line(
                label=by_id[id].label,
                stat=by_id[id].stat,
                values=[points.get(at) for at in times],
            )
            for (id, _), points in lines.items()
        ],
    )


def _alarms(client: "CloudWatchClient", widgets: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the names and states of the alarms in alarm widgets."""
    shown = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    names = [arn.partition(":alarm:")[2] for arns in shown for arn in arns]
    for first in range(0, len(names), 100):  # The maximum of DescribeAlarms.
        found = client.describe_alarms(AlarmNames=names[first : first + 100], MaxRecords=100)["MetricAlarms"]
        yield from ((each["AlarmName"], each["StateValue"]) for each in found)
