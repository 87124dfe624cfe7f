"""The screen "Charts" of a stage that lacks a dashboard in CloudWatch."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from nicegui import Client
from nicegui.page import page

from faultline.console.dashboards import Dashboards
from faultline.console.frame import Preferences
from infra.stages import DASHBOARDS
from tests.unit.faultline.console.offline import gateway
from tests.unit.faultline.console.screens import StillFrame, addresses, texts
from tests.unit.faultline.operations.dashboards.without_dashboards import PROD, Aws, rendered


class FrameOfProd(StillFrame):
    async def operation(self, name: str, ask: Callable[..., Any], *_: Any, **__: Any) -> Any:
        return ask(Aws(rendered(PROD)), self.gateway.settings)


@pytest.mark.parametrize(("name", "graph"), [("errors", "Given up, by category"), ("x", "Tasks")])
def test_all_dashboards_are_offered_and_drawn(name: str, graph: str) -> None:
    """Runbooks point to dashboards that not every stage has in CloudWatch; an unknown one is the overview."""
    assert "errors" not in PROD.dashboards

    async def check() -> None:
        with Client(page("/")) as client:
            frame = FrameOfProd(replace(gateway(), settings=PROD), Preferences(), {}, "/")
            Dashboards(frame, name, "1h").build()
            await frame.refresh()
            assert {*DASHBOARDS} <= {*addresses(client)}
            assert graph in texts(client)

    asyncio.run(check())
