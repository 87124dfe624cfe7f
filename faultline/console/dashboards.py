"""Screen "Charts": the stage's dashboards with their data, also those that it lacks in CloudWatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from nicegui import ui

from faultline.console import formatting
from faultline.console.elements import Area, link, text
from faultline.console.frame import Frame
from faultline.console.metric_chart import MetricChart
from faultline.console.newest_values import draw_newest
from faultline.operations.dashboards.board import Graph
from faultline.operations.dashboards.reading import read_board
from infra.stages import DASHBOARDS

WINDOWS = {
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "3h": timedelta(hours=3),
    "12h": timedelta(hours=12),
    "3d": timedelta(days=3),
    "15d": timedelta(days=15),
}
"""Windows to choose from; CloudWatch keeps data points of one minute for 15 days:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
_DEFAULT = "1h"
_MAX_PERIODS = 60
_KEPT_SECONDS = 30.0
"""Lifetime of a reading in seconds; CloudWatch bills each metric that is read."""


@dataclass
class Dashboards:
    """Screen with the charts of a dashboard.

    Attributes:
        name: Name of the dashboard without the stage; if it is unknown, the first one is shown.
        window: Length of time to show; if it is not one of WINDOWS, the default is used.
    """

    frame: Frame
    name: str
    window: str

    def __post_init__(self) -> None:
        self.name = self.name if self.name in DASHBOARDS else DASHBOARDS[0]
        self.window = self.window if self.window in WINDOWS else _DEFAULT
        self._charts: list[MetricChart] = []

    def build(self) -> None:
        """Build the screen; the first refresh fills in the data."""
        with self.frame.page("Charts"):
            with ui.element("div").classes("title-row"):
                text("h1", "Charts")
                with ui.element("p").classes("choices"):
                    for name in DASHBOARDS:
                        self._choice(name, f"/dashboards?name={name}&window={self.window}", name == self.name)
                with ui.element("p").classes("choices"):
                    for window in WINDOWS:
                        url = f"/dashboards?name={self.name}&window={window}"
                        self._choice(window, url, window == self.window)
            self._about = text("p", "", "muted")
            self._alarms = Area()
            self._newest = Area("div", "charts")
            self._area = Area("div", "charts")
        self.frame.every(self._refresh)

    def _choice(self, title: str, url: str, is_current: bool) -> None:
        choice = link(title, url)
        if is_current:
            choice.classes("current").props('aria-current="true"')

    async def _refresh(self) -> None:
        name = self.frame.gateway.settings.dashboard_name(self.name)
        since = WINDOWS[self.window]
        periods = min(_MAX_PERIODS, round(since.total_seconds() / 60))
        board = await self.frame.operation(
            f"board {name} {self.window}",
            lambda session, stage: read_board(session, name, since, formatting.now(), periods, stage=stage),
            at_least=_KEPT_SECONDS,
        )
        minutes = board.period // 60
        self._about.set_text(
            f"{board.name} since {board.start:%Y-%m-%d %H:%M} UTC, a value for each "
            f"{'minute' if minutes == 1 else formatting.duration(board.period)}"
        )
        self._alarms.show(board.alarms, _draw_alarms)
        newest = [graph for graph in board.graphs if graph.view == "singleValue"]
        self._newest.show(newest, _draw_newest)
        graphs = [graph for graph in board.graphs if graph.view != "singleValue"]
        self._area.show([(graph.title, graph.unit) for graph in graphs], self._draw)
        for chart, graph in zip(self._charts, graphs, strict=True):
            chart.show(graph, board.start, board.period)

    def _draw(self, graphs: Sequence[tuple[str, str]]) -> None:
        self._charts = [MetricChart(title, unit) for title, unit in graphs]
        for chart in self._charts:
            chart.draw()


def _draw_alarms(alarms: Sequence[tuple[str, str]]) -> None:
    if not alarms:
        return
    on = [name for name, state in alarms if state == "ALARM"]
    with ui.element("p").classes("by-category"):
        text("span", f"{len(alarms)} alarms, {len(on) or 'none'} firing", "muted")
        for name in on:
            text("span", name, "chip OPEN")


def _draw_newest(graphs: Sequence[Graph]) -> None:
    for graph in graphs:
        draw_newest(graph)
