"""Polling of tasks through the public API."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from faultline.client.api import ApiClient
from lambdas.domain.lifecycle import Status


@dataclass(frozen=True, kw_only=True)
class Event:
    """A new entry in a task's history."""

    task: dict[str, Any]
    entry: dict[str, Any]


@dataclass
class Watch:
    """Poller that follows tasks; a read raises ApiUnreachable if the API does not respond.

    Attributes:
        wanted: Ids of the tasks to follow.
        generation: Generation that must have ended.
        tasks: Last known state of the tasks, by id.
    """

    api: ApiClient
    wanted: frozenset[str]
    generation: int = 0
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self) -> list[Event]:
        """Read the tasks, and return the events since the last time, in order."""
        events = []
        for task in self._listed():
            known = len(self.tasks[task["taskId"]]["history"]) if task["taskId"] in self.tasks else 0
            events += [Event(task=task, entry=entry) for entry in task["history"][known:]]
            self.tasks[task["taskId"]] = task
        return sorted(events, key=lambda event: str(event.entry["at"]))

    def unfinished(self) -> set[str]:
        """Return the ids of the tasks that have not ended."""
        return {id for id in self.wanted if not self._has_ended(self.tasks.get(id))}

    def until_ended(self, seconds: float, every: float = 0.25) -> Iterator[list[Event]]:
        """Yield the new events of each read, until all tasks have ended or `seconds` have passed."""
        deadline = time.monotonic() + seconds
        while True:
            yield self.look()
            if not self.unfinished() or time.monotonic() > deadline:
                return
            time.sleep(every)

    def _has_ended(self, task: dict[str, Any] | None) -> bool:
        return task is not None and Status(task["status"]).ended and task["generation"] >= self.generation

    def _listed(self) -> list[dict[str, Any]]:
        """Read pages, newest first, until all wanted tasks are found; if a read fails, return those found."""
        found: dict[str, dict[str, Any]] = {}
        query: dict[str, Any] = {"limit": 100, "view": "full"}
        while True:
            answer = self.api.tasks(**query)
            if not answer.ok:
                return list(found.values())  # The next read may succeed.
            page = answer.body["tasks"]
            found |= {task["taskId"]: task for task in page if task["taskId"] in self.wanted}
            if len(found) == len(self.wanted) or "nextToken" not in answer.body:
                return list(found.values())
            query["nextToken"] = answer.body["nextToken"]
