"""Dashboards and their widgets, in the form of CloudWatch's dashboard body.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

A widget names each of its metrics instead of searching for them, so that a program can read the body and draw
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from infra.alarms.signals import Expression, Signal

COLUMNS = 24
HEIGHT = 6
PERIOD = 60

View = Literal["timeSeries", "singleValue"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a widget: a metric or a metric math expression, with its label."""

    label: str
    shows: Signal | Expression


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A widget with lines.

    Attributes:
        width: Width in columns, of which a dashboard has 24.
    """

    title: str
    lines: Sequence[Line]
    unit: str
    view: View = "timeSeries"
    stacked: bool = False
    width: int = 8

    def properties(self) -> dict[str, Any]:
        """Return the widget's properties in the dashboard body."""
        return {
            "title": self.title,
            "view": self.view,
            "stacked": self.stacked,
            "region": "${AWS::Region}",
            "period": PERIOD,
            "metrics": [row for number, line in enumerate(self.lines) for row in _rows(line, number)],
            "yAxis": {"left": {"min": 0, "label": self.unit, "showUnits": False}},
        }

    def widget(self) -> dict[str, Any]:
        """Return the widget in the dashboard body, without its position."""
        return {"type": "metric", "properties": self.properties()}


@dataclass(frozen=True, kw_only=True)
class AlarmStates:
    """A widget with the states of alarms, which are given by name."""

    title: str
    names: Sequence[str]
    width: int = COLUMNS

    def widget(self) -> dict[str, Any]:
        """Return the widget in the dashboard body, without its position."""
        arn = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
        return {
            "type": "alarm",
            "properties": {"title": self.title, "alarms": [f"{arn}{name}" for name in self.names]},
        }


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A dashboard. Its widgets are placed in rows, from left to right.

    Attributes:
        name: The name without the stage.
    """

    name: str
    widgets: Sequence[Graph | AlarmStates]
    start: str = "-PT3H"
    """The period shown initially."""

    def body(self) -> Mapping[str, Any]:
        """Return the body for PutDashboard; `Fn::Sub` fills in region, account and partition."""
        placed, x, y = [], 0, 0
        for each in self.widgets:
            if x + each.width > COLUMNS:
                x, y = 0, y + HEIGHT
            placed.append({"x": x, "y": y, "width": each.width, "height": HEIGHT, **each.widget()})
            x += each.width
        return {"start": self.start, "periodOverride": "inherit", "widgets": placed}


def _rows(line: Line, number: int) -> list[list[Any]]:
    """Return the rows of a line in a widget's metrics; metric math has a hidden row for each operand."""
    if isinstance(line.shows, Signal):
        return [_row(line.shows, label=line.label)]
    return [
        [{"expression": line.shows.text, "label": line.label, "id": f"result{number}"}],
        *(_row(signal, id=id, visible=False) for id, signal in line.shows.metrics.items()),
    ]


def _row(signal: Signal, **options: Any) -> list[Any]:
    dimensions = [part for pair in signal.dimensions.items() for part in pair]
    return [signal.namespace, signal.name, *dimensions, {"stat": signal.stat, **options}]
