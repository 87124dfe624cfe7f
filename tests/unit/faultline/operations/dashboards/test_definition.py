"""Widgets of dashboards that a stage does not have in CloudWatch."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faultline.cli.dashboard.command import SHORT_NAMES
from faultline.operations.dashboards.definition import NoDashboard, stage_widgets
from faultline.operations.dashboards.reading import read_board
from infra.errors import StackMissing
from infra.stages import DASHBOARDS
from tests.unit.faultline.operations.dashboards.without_dashboards import PROD, Aws, rendered

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_they_are_those_that_the_stage_would_have() -> None:
    """The widgets equal those of a stage with all dashboards, except that any kind may have a dependency."""
    aws = Aws(rendered(PROD))
    complete = rendered(dataclasses.replace(PROD, dashboards=DASHBOARDS))["Resources"]
    for name in SHORT_NAMES:
        [body] = complete[f"{name.capitalize()}Dashboard"]["Properties"]["DashboardBody"].values()
        expected = json.loads(body)["widgets"]
        found = stage_widgets(aws, PROD, PROD.dashboard_name(name))  # type: ignore[arg-type]
        for there, here in zip(expected, found, strict=True):
            if there["properties"]["title"] == "Parked for a circuit":
                assert here["properties"]["metrics"][0][-1]["label"] == "echo"
                here["properties"]["metrics"][:1] = []
            if there["type"] == "alarm":
                # What is left to Fn::Sub does not matter to a reader.
                assert len(here["properties"]["alarms"]) > 10
            assert here == there


@pytest.mark.parametrize("name", SHORT_NAMES)
def test_they_are_drawn_where_cloudwatch_lacks_the_dashboard(name: str) -> None:
    aws: Any = Aws(rendered(PROD))
    full_name = PROD.dashboard_name(name)
    with pytest.raises(NoDashboard, match=f"there is no dashboard {full_name}; there are: none"):
        read_board(aws, full_name, timedelta(hours=1), NOW)
    board = read_board(aws, full_name, timedelta(hours=1), NOW, stage=PROD)
    assert (board.name, bool(board.alarms)) == (full_name, name == "overview")
    assert all(graph.lines for graph in board.graphs)


def test_a_stage_must_be_deployed() -> None:
    aws: Any = Aws(None)
    with pytest.raises(StackMissing, match="faultline-prod is not deployed at https://cloudformation"):
        read_board(aws, PROD.dashboard_name("errors"), timedelta(hours=1), NOW, stage=PROD)
