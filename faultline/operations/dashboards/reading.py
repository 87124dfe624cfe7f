"""Reader of a CloudWatch dashboard and its data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3

from faultline.operations.dashboards.board import Board, Graph, Line
from faultline.operations.dashboards.definition import NoDashboard, dashboard_widgets, stage_widgets
from faultline.operations.dashboards.metric_data import Periods, metric_data
from faultline.operations.dashboards.widgets import queries
from infra.errors import aws_errors
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

PERIODS = 24
"""Default number of periods to show."""


def read_board(
    session: boto3.Session,
    name: str,
    since: timedelta,
    now: datetime,
    periods: int = PERIODS,
    *,
    stage: StageSettings | None = None,
) -> Board:
    """Read a dashboard with its data from `since` ago until now.

    Args:
        session: Session for the calls to AWS.
        name: Name of the dashboard.
        since: Length of time to show, rounded up to whole periods.
        now: The current time.
        periods: Number of periods, whose length is in whole minutes.
        stage: The stage of the dashboard, to read the same data if CloudWatch lacks the dashboard, since each
            costs money there; None to require that it exists.

    Raises:
        NoDashboard: If the dashboard does not exist.
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If CloudWatch cannot be reached or refuses a query.
    """
    times = Periods.until(now, since, periods)
    client: CloudWatchClient = session.client("cloudwatch")
    with aws_errors(f"reading the dashboard {name}"):
        try:
            widgets = dashboard_widgets(client, name)
        except NoDashboard:
            if stage is None:
                raise
            widgets = stage_widgets(session, stage, name)
        graphs = [
            _graph(client, widget["properties"], times) for widget in widgets if widget["type"] == "metric"
        ]
        alarms = [*_alarms(client, widgets)]
    return Board(name=name, start=times.start, period=times.seconds, alarms=alarms, graphs=graphs)


def _graph(client: "CloudWatchClient", properties: Mapping[str, Any], times: Periods) -> Graph:
    asked = queries(properties, times.seconds)
    by_id = {each.id: each for each in asked}
    found = metric_data(client, [each.query for each in asked], times) if asked else {}
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
