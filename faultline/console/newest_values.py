"""Display of a dashboard's widget that shows only the newest values."""

from nicegui import ui

from faultline.console.elements import text
from faultline.operations.dashboards.board import Graph


def draw_newest(graph: Graph) -> None:
    """Draw the newest value of each line; a dash stands for a missing one."""
    with ui.element("section").classes("part chart"):
        with ui.element("div").classes("chart-title"):
            text("h2", graph.title)
            text("span", graph.unit, "muted")
        with ui.element("div").classes("newest"):
            for line in graph.lines:
                value = line.values[-1] if line.values else None
                with ui.element("div"):
                    text("span", "-" if value is None else f"{value:,.6g}", "figure")
                    text("span", line.label, "muted")
