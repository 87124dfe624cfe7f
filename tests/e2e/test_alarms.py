"""The stack's alarms and dashboards in CloudWatch.

tests/sandbox/alarms makes each alarm fire and recover, because most causes would harm other tests here.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.stack import Stack
from tests.eventually import eventually


def described(stack: Stack) -> dict[str, Any]:
    """Return the stack's alarms by name, without the stack's name as a prefix."""
    pages = (
        stack.session.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{stack.settings.stack_name}-")
    )
    found = [each for page in pages for each in page["MetricAlarms"]]
    return {each["AlarmName"].removeprefix(f"{stack.settings.stack_name}-"): each for each in found}


def test_alarms_tell_the_topic(stack: Stack) -> None:
    """Each alarm has been evaluated, and notifies the topic when it fires and when it recovers."""
    alarms = described(stack)
    assert len(alarms) == 20
    topic = [stack.outputs.alert_topic_arn]
    for alarm in alarms.values():
        assert (alarm["AlarmActions"], alarm["OKActions"]) == (topic, topic)
        assert alarm["ActionsEnabled"]
    eventually(
        lambda: all(each["StateValue"] != "INSUFFICIENT_DATA" for each in described(stack).values()),
        within=300,
        every=1,
    )


def test_a_dead_letter_fires_its_alarm(stack: Stack) -> None:
    """A dead letter fires the alarm for dead letters, on AWS a minute or two later."""
    dead = stack.accepted(simulate={"error": "VALIDATION"})
    assert stack.ended(dead)["status"] == "DEAD_LETTERED"
    eventually(lambda: described(stack)["dead-letters"]["StateValue"] == "ALARM", within=300, every=0.5)


def test_dashboards_are_there_to_draw(stack: Stack) -> None:
    """The stack's dashboards exist, and CloudWatch answers the queries of all their graphs."""
    stack.ended(stack.accepted())
    cloudwatch = stack.session.client("cloudwatch")
    names = stack.outputs.dashboard_names.split(",")
    assert names == [
        f"{stack.settings.stack_name}-{each}" for each in ("overview", "tasks", "errors", "performance")
    ]
    now = datetime.now(UTC)
    for name in names:
        widgets = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])["widgets"]
        graphs = [each["properties"] for each in widgets if each["type"] == "metric"]
        assert len(graphs) >= 9
        for graph in graphs:
            assert graph["region"] == stack.session.region_name
            asked: Any = [query(number, row) for number, row in enumerate(graph["metrics"])]
            answer = cloudwatch.get_metric_data(
                MetricDataQueries=asked, StartTime=now - timedelta(hours=1), EndTime=now
            )
            returned = {each["Id"] for each in answer["MetricDataResults"]}
            assert returned == {each["Id"] for each in asked if each["ReturnData"]}, graph["title"]


def query(number: int, row: list[Any]) -> dict[str, Any]:
    """Return a widget's metric or expression as a query for GetMetricData."""
    *names, options = row
    common = {"Id": options.get("id", f"m{number}"), "ReturnData": options.get("visible", True)}
    if "expression" in options:
        return {**common, "Expression": options["expression"]}
    namespace, name, *by = names
    dimensions = [{"Name": key, "Value": value} for key, value in zip(by[::2], by[1::2], strict=True)]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {**common, "MetricStat": {"Metric": metric, "Period": 60, "Stat": options["stat"]}}
