"""Dashboards with their data, ready to be drawn or printed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from lambdas.domain.serialization import rfc3339


@dataclass(frozen=True, kw_only=True)
class Line:
    """Line of a graph, with a value for each period, oldest first; None where there is no data."""

    label: str
    stat: str
    """Statistic, such as `Sum`; empty for metric math."""
    values: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A metric widget with its lines."""

    title: str
    unit: str
    view: str = "timeSeries"
    """`timeSeries`, or `singleValue` to show only the newest values."""
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard with its data from `start` on, in periods of `period` seconds."""

    name: str
    start: datetime
    period: int
    alarms: Sequence[tuple[str, str]]
    """Names and states of the alarms on the dashboard."""
    graphs: Sequence[Graph]

    def to_json(self) -> dict[str, Any]:
        """Convert the dashboard to the JSON that the command prints."""
        return {
            "name": self.name,
            "start": rfc3339(self.start),
            "periodSeconds": self.period,
            "alarms": [{"name": name, "state": state} for name, state in self.alarms],
            "graphs": [asdict(graph) for graph in self.graphs],
        }
