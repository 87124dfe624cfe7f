"""CloudWatch queries of dashboard widgets.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from typing import Any

from faultline.cli.dashboard.command import SHORT_NAMES
from faultline.operations.dashboards.widgets import queries
from infra.api.openapi import resolvers
from infra.stages import stage


def asked(name: str, stat: str, *dimensions: tuple[str, str]) -> dict[str, Any]:
    by = [{"Name": key, "Value": value} for key, value in dimensions]
    metric = {"Namespace": "A", "MetricName": name, "Dimensions": by}
    return {"Metric": metric, "Period": 300, "Stat": stat}


def test_metrics_and_expressions_of_them() -> None:
    """A metric uses its own statistic or the widget's; a hidden one is queried but not returned."""
    found = queries(
        {
            "stat": "Sum",
            "metrics": [
                ["A", "Size", "Queue", "q"],
                ["A", "Age", {"id": "age", "stat": "p99", "label": "oldest", "visible": False}],
                [{"expression": "age * 2", "label": "twice", "id": "twice"}],
                [{"expression": "age * 3"}],
            ],
        },
        300,
    )
    assert [(each.label, each.stat) for each in found] == [
        ("Size", "Sum"),
        ("oldest", "p99"),
        ("twice", ""),
        ("age * 3", ""),
    ]
    assert [each.query for each in found] == [
        {"Id": "line0", "MetricStat": asked("Size", "Sum", ("Queue", "q")), "ReturnData": True},
        {"Id": "age", "MetricStat": asked("Age", "p99"), "ReturnData": False},
        {"Id": "twice", "Expression": "age * 2", "Period": 300, "ReturnData": True},
        {"Id": "line3", "Expression": "age * 3", "Period": 300, "ReturnData": True},
    ]


def test_what_is_as_before_may_be_left_out() -> None:
    """`.` repeats the field of the previous metric, and `...` repeats all fields before the last ones."""
    found = queries(
        {
            "metrics": [
                ["A", "Size", "Queue", "one"],
                [".", "Age", ".", "."],
                ["...", "two"],
                [".", "Size", ".", ".", {"stat": "Sum"}],
            ]
        },
        300,
    )
    assert [each.query["MetricStat"] for each in found] == [
        asked("Size", "Average", ("Queue", "one")),
        asked("Age", "Average", ("Queue", "one")),
        asked("Age", "Average", ("Queue", "two")),
        asked("Size", "Sum", ("Queue", "two")),
    ]


def test_the_short_names_are_those_of_the_stack() -> None:
    """The short names match the dashboards in the stack's output."""
    from infra.stack.functions import CodeLocation
    from infra.template import template

    settings = stage("dev")
    rendered = template(settings, CodeLocation(bucket="bucket", key="key"), resolvers()).to_dict()
    names = rendered["Outputs"]["DashboardNames"]["Value"].split(",")
    assert names == [settings.dashboard_name(each) for each in SHORT_NAMES]
