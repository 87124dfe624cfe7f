"""Chart for a dashboard widget.

The chart options are documented at https://echarts.apache.org/en/option.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console.elements import text
from faultline.operations.dashboards.board import Graph, Line

# Colours that can be distinguished on the backgrounds of both schemes.
_COLORS = ("#3d7be0", "#2c9a66", "#d0553f", "#b58a18", "#8a5cd0", "#1f9aa8", "#c2559a", "#6f7b8c")
_TIMES = {
    "year": "{yyyy}",
    "month": "{yyyy}-{MM}",
    "day": "{MM}-{dd}",
    "hour": "{HH}:{mm}",
    "minute": "{HH}:{mm}",
}
_FAINT = "rgba(128, 136, 150, 0.25)"


@dataclass
class MetricChart:
    """Chart whose text colours come from the style sheet, so that they follow the colour scheme."""

    title: str
    unit: str
    _chart: ui.echart | None = field(default=None, repr=False)
    _nothing: TextElement | None = field(default=None, repr=False)

    def draw(self) -> None:
        """Draw the chart without data."""
        with ui.element("section").classes("part chart"):
            with ui.element("div").classes("chart-title"):
                text("h2", self.title)
                text("span", self.unit, "muted")
            self._nothing = text("p", "No data in this period.", "empty hidden")
            self._chart = ui.echart({}, renderer="svg")

    def show(self, graph: Graph, start: datetime, period: int) -> None:
        """Show the data of a widget.

        Args:
            graph: The widget with its data.
            start: Start of the first period.
            period: Length of a period in seconds.
        """
        assert self._chart is not None
        assert self._nothing is not None
        shown = _options(graph, start, period)
        has_data = any(value is not None for line in graph.lines for value in line.values)
        self._chart.set_visibility(has_data)
        self._nothing.classes("hidden") if has_data else self._nothing.classes(remove="hidden")
        if self._chart.options != shown:
            self._chart.options.clear()
            self._chart.options.update(shown)


def _options(graph: Graph, start: datetime, period: int) -> dict[str, Any]:
    begin = int(start.timestamp() * 1000)
    periods = max((len(line.values) for line in graph.lines), default=0)
    values = [value for line in graph.lines for value in line.values if value is not None]
    return {
        "animation": False,
        "useUTC": True,
        "color": _COLORS,
        "aria": {"enabled": True, "label": {"description": _said(graph)}},
        "grid": {"left": 4, "right": 12, "top": 10, "bottom": 30, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True, "className": "chart-tip"},
        "legend": {"type": "scroll", "bottom": 0, "icon": "roundRect", "itemWidth": 12, "itemHeight": 4},
        "xAxis": {
            "type": "time",
            "min": begin,
            "max": begin + periods * period * 1000,
            "axisLine": {"lineStyle": {"color": _FAINT}},
            "axisTick": {"show": False},
            "axisLabel": {"hideOverlap": True, "formatter": _TIMES},
        },
        "yAxis": {
            "type": "value",
            "min": 0,
            "splitNumber": 3,
            "minInterval": 1 if all(value.is_integer() for value in values) else 0,
            "splitLine": {"lineStyle": {"color": _FAINT}},
        },
        "series": [_series(line, begin, period * 1000) for line in graph.lines],
    }


def _series(line: Line, begin: int, step: int) -> dict[str, Any]:
    return {
        "name": line.label,
        "type": "line",
        "symbol": "none",
        "lineStyle": {"width": 1.6},
        "data": [
            # An isolated point has no line to or from it, so it is drawn as a dot.
            {
                "value": [begin + number * step, value],
                **({"symbol": "circle", "symbolSize": 5} if _is_alone(line.values, number) else {}),
            }
            for number, value in enumerate(line.values)
        ],
    }


def _is_alone(values: Sequence[float | None], number: int) -> bool:
    """Return whether a value is present and both of its neighbours are missing."""
    before = values[number - 1] if number else None
    after = values[number + 1] if number + 1 < len(values) else None
    return values[number] is not None and before is None and after is None


def _said(graph: Graph) -> str:
    """Describe the chart for screen readers, with the newest value of each line."""
    known = [(line.label, [value for value in line.values if value is not None]) for line in graph.lines]
    return f"{graph.title}, newest values: " + (
        ", ".join(f"{label} {values[-1]:g}" for label, values in known if values) or "none"
    )
