"""The dashboards of each stage, and their metrics."""

import dataclasses
import itertools
import json
import re
from typing import Any

import pytest

from infra.stages import DASHBOARDS, STAGES, StageSettings, stage
from lambdas.telemetry.metrics import Metric
from tests.unit.infra.metrics import AWS_METRICS, is_ours
from tests.unit.infra.rendered import Render

NAMES = ("overview", "tasks", "errors", "performance")

Body = dict[str, Any]


@pytest.fixture(params=STAGES)
def settings(request: pytest.FixtureRequest) -> StageSettings:
    """Return the settings of each stage, with all dashboards."""
    return dataclasses.replace(stage(request.param), dashboards=DASHBOARDS)


@pytest.fixture
def bodies(rendered: dict[str, Any], settings: StageSettings) -> dict[str, Body]:
    """Return the dashboards' bodies, by dashboard name without the stage."""
    return {
        resource["Properties"]["DashboardName"].removeprefix(f"{settings.stack_name}-"): json.loads(
            resource["Properties"]["DashboardBody"]["Fn::Sub"]
        )
        for resource in rendered["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
    }


def graphs(body: Body) -> list[Body]:
    return [each["properties"] for each in body["widgets"] if each["type"] == "metric"]


def metrics(body: Body) -> list[tuple[str, str, dict[str, str]]]:
    """Return namespace, name and dimensions of all metrics that the graphs show or compute with."""
    rows = [row[:-1] for graph in graphs(body) for row in graph["metrics"]]
    return [(row[0], row[1], dict(zip(row[2::2], row[3::2], strict=True))) for row in rows if row]


def test_they_are_the_guides_four(
    bodies: dict[str, Body], rendered: dict[str, Any], settings: StageSettings
) -> None:
    assert tuple(bodies) == NAMES
    names = rendered["Outputs"]["DashboardNames"]["Value"]
    assert names == ",".join(f"{settings.stack_name}-{name}" for name in NAMES)


@pytest.mark.parametrize(
    ("name", "there"), [("dev", NAMES), ("test", NAMES), ("staging", NAMES[:1]), ("prod", NAMES[:1])]
)
def test_stages_for_use_have_the_overview_alone(render: Render, name: str, there: tuple[str, ...]) -> None:
    """Dev and test have all dashboards; other stages only the overview, since AWS bills each dashboard."""
    rendered = render(stage(name))
    names = rendered["Outputs"]["DashboardNames"]["Value"].split(",")
    assert names == [stage(name).dashboard_name(each) for each in there]


def test_each_has_the_form_that_cloudwatch_takes(bodies: dict[str, Body]) -> None:
    """Each dashboard's body has the structure that CloudWatch requires.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    for body in bodies.values():
        assert body.keys() == {"start", "periodOverride", "widgets"}
        assert body["periodOverride"] in ("auto", "inherit")
        assert 0 < len(body["widgets"]) <= 500
        for widget in body["widgets"]:
            assert widget.keys() == {"type", "x", "y", "width", "height", "properties"}
            assert widget["type"] in ("metric", "alarm")
            assert all(type(widget[name]) is int for name in ("x", "y", "width", "height"))
            assert 0 <= widget["x"] < widget["x"] + widget["width"] <= 24
            assert widget["y"] >= 0
            assert 1 <= widget["height"] <= 1000


def test_each_graph_has_the_form_that_cloudwatch_takes(bodies: dict[str, Body]) -> None:
    """Each graph is valid, with rows of a metric, its dimensions and options, or of an expression."""
    for graph in itertools.chain.from_iterable(map(graphs, bodies.values())):
        assert isinstance(graph["region"], str)
        assert graph["view"] in ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
        assert graph["period"] > 0
        assert graph["period"] % 60 == 0
        assert 0 < len(graph["metrics"]) <= 500
        ids = [row[-1]["id"] for row in graph["metrics"] if "id" in row[-1]]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-z]\w*", id, re.ASCII) for id in ids)
        for *names, options in graph["metrics"]:
            assert options.keys() <= {"expression", "label", "id", "stat", "visible"}
            assert all(isinstance(name, str) for name in names)
            if "expression" in options:
                assert not names
                assert set(re.findall(r"\b[a-z]\w*", options["expression"])) <= {*ids}
            else:
                assert len(names) in range(2, 2 + 2 * 30 + 1, 2)


def test_widgets_do_not_overlap(bodies: dict[str, Body]) -> None:
    for body in bodies.values():
        for one, other in itertools.combinations(body["widgets"], 2):
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert beside or one["y"] + one["height"] <= other["y"]


def test_each_shows_metrics_that_there_are(bodies: dict[str, Body], settings: StageSettings) -> None:
    for namespace, name, dimensions in itertools.chain.from_iterable(map(metrics, bodies.values())):
        if namespace == "Faultline":
            assert is_ours(name, dimensions, settings), (name, dimensions)
        else:
            assert frozenset(dimensions) in AWS_METRICS[namespace, name]


def test_all_that_we_count_is_on_some_dashboard(bodies: dict[str, Body]) -> None:
    """Together, the dashboards show exactly our metrics and those of AWS that the sandbox publishes."""
    shown = {(namespace, name) for body in bodies.values() for namespace, name, _ in metrics(body)}
    assert shown == {*AWS_METRICS, *(("Faultline", metric.title) for metric in Metric)}


def test_the_overview_has_every_alarm(bodies: dict[str, Body], rendered: dict[str, Any]) -> None:
    [states] = [each for each in bodies["overview"]["widgets"] if each["type"] == "alarm"]
    alarms = [
        resource["Properties"]["AlarmName"]
        for resource in rendered["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert sorted(arn.rpartition(":")[2] for arn in states["properties"]["alarms"]) == sorted(alarms)


def test_all_is_in_the_stacks_own_region(bodies: dict[str, Body]) -> None:
    for body in bodies.values():
        assert {graph["region"] for graph in graphs(body)} == {"${AWS::Region}"}
