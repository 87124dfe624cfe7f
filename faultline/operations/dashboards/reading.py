"""Reader of a CloudWatch dashboard and its data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from faultline.operations.dashboards.board import Board, Graph, Line
from faultline.operations.dashboards.metric_data import Periods, metric_data
from faultline.operations.dashboards.widgets import queries
from faultline.operations.errors import OperationFailed
from infra.errors import aws_errors

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

PERIODS = 24
"""Default number of periods to show."""
_NOT_FOUND = ("ResourceNotFound", "InvalidParameterValue")
"""Error codes of AWS, and of emulators, for a dashboard that does not exist."""


def read_board(
    session: boto3.Session, name: str, since: timedelta, now: datetime, periods: int = PERIODS
) -> Board:
    """Read a dashboard with its data from `since` ago until now.

    Args:
        session: Session for the calls to AWS.
        name: Name of the dashboard.
        since: Length of time to show, rounded up to whole periods.
        now: The current time.
        periods: Number of periods, whose length is in whole minutes.

    Raises:
        OperationFailed: If the dashboard does not exist.
        AwsUnavailable: If CloudWatch cannot be reached or refuses a query.
    """
    times = Periods.until(now, since, periods)
    client: CloudWatchClient = session.client("cloudwatch")
    with aws_errors(f"reading the dashboard {name}"):
        widgets = _widgets(client, name)
        graphs = [
            _graph(client, widget["properties"], times) for widget in widgets if widget["type"] == "metric"
        ]
        alarms = [*_alarms(client, widgets)]
    return Board(name=name, start=times.start, period=times.seconds, alarms=alarms, graphs=graphs)


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


def _graph(client: "CloudWatchClient", properties: Mapping[str, Any], times: Periods) -> Graph:
    asked = queries(properties, times.seconds)
    by_id = {each.id: each for each in asked}
    found = metric_data(client, [each.query for each in asked], times)
    axis = (properties.get("yAxis") or {}).get("left") or {}
    return Graph(
        title=properties.get("title", ""),
        unit=axis.get("label", ""),
        view=properties.get("view", "timeSeries"),
        lines=[
            Line(label=by_id[id].label, stat=by_id[id].stat, values=values) for id, values in found.items()
        ],
    )


def _alarms(client: "CloudWatchClient", widgets: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the names and states of the alarms in a dashboard's alarm widgets."""
    shown = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    names = [arn.partition(":alarm:")[2] for arns in shown for arn in arns]
    for first in range(0, len(names), 100):  # The maximum of DescribeAlarms.
        found = client.describe_alarms(AlarmNames=names[first : first + 100], MaxRecords=100)["MetricAlarms"]
        yield from ((each["AlarmName"], each["StateValue"]) for each in found)
