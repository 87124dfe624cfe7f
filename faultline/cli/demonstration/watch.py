"""Following tasks through the public API."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from faultline.client.api import ApiClient

ENDED = frozenset({"SUCCEEDED", "DEAD_LETTERED", "CANCELLED"})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One new entry of a task's history."""

    task: dict[str, Any]
    entry: dict[str, Any]


@dataclass
class Watch:
    """The tasks by id as they were last seen.

    Raises ApiUnreachable when the API does not answer.

    Attributes:
        generation: the one in which they are to end; a redrive begins the next.
    """

    api: ApiClient
    wanted: frozenset[str]
    generation: int = 0
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self) -> list[Step]:
        """What is new since the last look, in the order in which it happened."""
        steps = []
        for task in self._listed():
            known = len(self.tasks[task["taskId"]]["history"]) if task["taskId"] in self.tasks else 0
            steps += [Step(task=task, entry=entry) for entry in task["history"][known:]]
            self.tasks[task["taskId"]] = task
        return sorted(steps, key=lambda step: str(step.entry["at"]))

    def unfinished(self) -> set[str]:
        return {id for id in self.wanted if not self._has_ended(self.tasks.get(id))}

    def until_ended(self, seconds: float, every: float = 0.25) -> Iterator[list[Step]]:
        """The steps of each look, until all wanted tasks have ended or `seconds` are over."""
        deadline = time.monotonic() + seconds
        while True:
            yield self.look()
            if not self.unfinished() or time.monotonic() > deadline:
                return
            time.sleep(every)

    def _has_ended(self, task: dict[str, Any] | None) -> bool:
        return task is not None and task["status"] in ENDED and task["generation"] >= self.generation

    def _listed(self) -> list[dict[str, Any]]:
        """The wanted tasks; they are the newest, so that the first pages hold them all."""
        found: dict[str, dict[str, Any]] = {}
        query: dict[str, Any] = {"limit": 100}
        while True:
            answer = self.api.tasks(**query)
            if not answer.ok:
                return list(found.values())  # the next look may have more luck
            page = answer.body["tasks"]
            found |= {task["taskId"]: task for task in page if task["taskId"] in self.wanted}
            if len(found) == len(self.wanted) or "nextToken" not in answer.body:
                return list(found.values())
            query["nextToken"] = answer.body["nextToken"]
