"""Suggestions for the filters of the task list: values that have been seen before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_MOST = 200
"""Maximum number of values to keep for a filter; the oldest are dropped."""


@dataclass
class Suggestions:
    """Suggested values for each filter."""

    _seen: dict[str, dict[str, None]] = field(default_factory=dict)

    def of(self, name: str) -> list[str]:
        """Return the values of a filter, sorted."""
        return sorted(self._seen.get(name, {}))

    def add_kinds(self, kinds: Iterable[Mapping[str, Any]]) -> None:
        """Add the kinds of work from `GET /kinds`."""
        self._add("type", (kind["name"] for kind in kinds))

    def add_tasks(self, tasks: Iterable[Mapping[str, Any]]) -> None:
        """Add the filter values that listed tasks have."""
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
