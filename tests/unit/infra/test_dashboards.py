"""The dashboards of each stage: the guide's four, of metrics that there are."""

import itertools
import json
from typing import Any

import pytest

from infra.api.openapi import Resolvers
from infra.stack.functions import CodeLocation
from infra.stages import STAGES, StageSettings, stage
from infra.template import template
from lambdas.telemetry.metrics import Metric
from sandbox.services.cloudformation.dashboard_body import check
from tests.unit.infra.metrics import AWS_METRICS, is_ours

CODE = CodeLocation(bucket="faultline-artifacts", key="functions/0.zip")
NAMES = ("overview", "tasks", "errors", "performance")

Body = dict[str, Any]


@pytest.fixture(params=STAGES)
def settings(request: pytest.FixtureRequest) -> StageSettings:
    return stage(request.param)


@pytest.fixture
def rendered(settings: StageSettings, apis: Resolvers) -> dict[str, Any]:
    found: dict[str, Any] = template(settings, CODE, apis).to_dict()
    return found


@pytest.fixture
def bodies(rendered: dict[str, Any], settings: StageSettings) -> dict[str, Body]:
    """By the dashboards' names without the stage."""
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
    """Namespace, name and dimensions of all that its graphs show, or compute from."""
    rows = [row[:-1] for graph in graphs(body) for row in graph["metrics"]]
    return [(row[0], row[1], dict(zip(row[2::2], row[3::2], strict=True))) for row in rows if row]


def test_they_are_the_guides_four(
    bodies: dict[str, Body], rendered: dict[str, Any], settings: StageSettings
) -> None:
    assert tuple(bodies) == NAMES
    names = rendered["Outputs"]["DashboardNames"]["Value"]
    assert names == ",".join(f"{settings.stack_name}-{name}" for name in NAMES)


def test_each_is_one_that_cloudwatch_takes(bodies: dict[str, Body]) -> None:
    for body in bodies.values():
        check(json.dumps(body))


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
    """And all that AWS has which the sandbox publishes for it."""
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
