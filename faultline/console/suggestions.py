"""Values that the filters of the list suggest: those that were seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_MOST = 200
"""The most values that are kept of one filter; the oldest make room."""


@dataclass
class Suggestions:
    """The values of each filter, by its name in the API."""

    _seen: dict[str, dict[str, None]] = field(default_factory=dict)

    def of(self, name: str) -> list[str]:
        """Return the values of a filter, in order."""
        return sorted(self._seen.get(name, {}))

    def add_kinds(self, kinds: Iterable[Mapping[str, Any]]) -> None:
        """Add the kinds of work that `GET /kinds` lists."""
        self._add("type", (kind["name"] for kind in kinds))

    def add_tasks(self, tasks: Iterable[Mapping[str, Any]]) -> None:
        """Add what tasks of the list have."""
        for task in tasks:
            self._add("tag", task.get("tags", ()))
            self._add("errorType", (error["type"] for error in (task.get("error"),) if error))
            for name in ("type", "orderingKey", "reference"):
                self._add(name, (value for value in (task.get(name),) if value))

    def _add(self, name: str, values: Iterable[str]) -> None:
        seen = self._seen.setdefault(name, {})
        for value in values:
            seen.setdefault(value)
            if len(seen) > _MOST:
                del seen[next(iter(seen))]
