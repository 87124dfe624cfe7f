"""A dashboard with its data, as it is drawn or printed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from lambdas.domain.serialization import rfc3339


@dataclass(frozen=True, kw_only=True)
class Line:
    """A metric: what it has in each period from the oldest; None where it has nothing."""

    label: str
    stat: str
    """The statistic; empty when it is metric math."""
    values: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Graph:
    title: str
    unit: str
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard, from `start` in steps of `period` seconds."""

    name: str
    start: datetime
    period: int
    alarms: Sequence[tuple[str, str]]
    """Names and states of the alarms that it shows."""
    graphs: Sequence[Graph]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "start": rfc3339(self.start),
            "periodSeconds": self.period,
            "alarms": [{"name": name, "state": state} for name, state in self.alarms],
            "graphs": [asdict(graph) for graph in self.graphs],
        }
