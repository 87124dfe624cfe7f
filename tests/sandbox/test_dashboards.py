"""Dashboards: what PutDashboard takes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
That stacks have them, `test_stack_updates.py` shows.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError


def body(*widgets: dict[str, Any]) -> str:
    return json.dumps({"widgets": widgets})


def metric_widget(*metrics: list[Any], **properties: Any) -> dict[str, Any]:
    return {
        "type": "metric",
        "width": 6,
        "height": 6,
        "properties": {"metrics": list(metrics), "region": "us-east-1", **properties},
    }


def test_a_dashboard_is_put_and_read(client: Callable[[str], Any]) -> None:
    """As it was put."""
    cloudwatch, name = client("cloudwatch"), f"d{uuid4().hex}"
    widgets = (
        metric_widget(["AWS/SQS", "NumberOfMessagesSent", "QueueName", "q", {"id": "m1", "stat": "Sum"}]),
        metric_widget([{"expression": "m1 * 2"}], ["A", "B", {"id": "m1", "visible": False}], view="bar"),
        {"type": "text", "properties": {"markdown": "# Hello"}},
    )
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body(*widgets))
    found = cloudwatch.get_dashboard(DashboardName=name)
    assert json.loads(found["DashboardBody"])["widgets"] == list(widgets)
    cloudwatch.delete_dashboards(DashboardNames=[name])


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("no JSON", ""),
        ("[]", ""),
        ("{}", ""),
        (body({"properties": {}}), "/widgets/0"),
        (body({"type": "film", "properties": {}}), "/widgets/0/type"),
        (body({"type": "text", "properties": {}}), "/widgets/0/properties"),
        (body({**metric_widget(), "width": 25}), "/widgets/0/width"),
        (body(metric_widget(region=None)), "/widgets/0/properties"),
        (body(metric_widget(view="film")), "/widgets/0/properties/view"),
        (body(metric_widget(period=61)), "/widgets/0/properties/period"),
        (body(metric_widget(["A"])), "/widgets/0/properties/metrics/0"),
        (body(metric_widget(["A", "B", "C"])), "/widgets/0/properties/metrics/0"),
        (body(metric_widget(["A", "B", {"C": "D"}, {}])), "/widgets/0/properties/metrics/0/2"),
        (body(metric_widget(["A", "B", {"id": "Upper"}])), "/widgets/0/properties/metrics/0/2/id"),
        (
            body(metric_widget(["A", "B", {"id": "m"}], ["A", "C", {"id": "m"}])),
            "/widgets/0/properties/metrics/1/2/id",
        ),
    ],
)
def test_what_is_wrong_is_refused(client: Callable[[str], Any], wrong: str, path: str) -> None:
    """InvalidParameterInput, which says what and where; and there is no such dashboard then."""
    cloudwatch, name = client("cloudwatch"), f"d{uuid4().hex}"
    with pytest.raises(ClientError, match="InvalidParameterInput") as refused:
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=wrong)
    response: Any = refused.value.response
    assert path in [each["DataPath"] for each in response["dashboardValidationMessages"]]
    assert "The dashboard body is invalid" in response["Error"]["Message"]
    assert cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"] == []
