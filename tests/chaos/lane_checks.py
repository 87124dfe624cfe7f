"""Invariants of a lane, checked even after a step in which the function dies."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.attribute_values import unmarshal
from lambdas.store.item import to_task
from lambdas.store.lanes import is_at, lane_place, task_id_of
from tests.chaos.adversary import Died, Fate, Message
from tests.chaos.table import BareTable

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_SECONDS = 6.0


class Checked(RuleBasedStateMachine):
    """Helpers and checks for a state machine of one ordering key."""

    bare: ClassVar[BareTable]
    mortal: ClassVar[bool]
    now: datetime
    key: str
    fate: Fate
    somebody_died: bool
    task_ids: list[str]
    lane: list[str]
    messages: list[Message]

    def _do(self, act: Callable[[], None], dies: tuple[int, bool] | None = None) -> None:
        """Run a step with a function that may die after some calls."""
        self.fate.calls, self.fate.made = (dies if self.mortal else None) or (None, False)
        try:
            act()
        except Died:
            self.somebody_died = True
            self.now += timedelta(seconds=2 * LEASE_SECONDS)
        finally:
            self.fate.calls = None
        self._look_who_joined()

    def _look_who_joined(self) -> None:
        found = self.bare.client.get_item(
            TableName=self.bare.name, Key={"taskId": {"S": f"lane/{self.key}"}}, ConsistentRead=True
        )
        joined = list[str]()
        last = unmarshal(found["Item"])["last"] if "Item" in found else None
        while last is not None and last not in self.lane:
            joined.append(last)
            last = self._task(task_id_of(last)).predecessor
        self.lane += reversed(joined)

    def _may_run(self, task: Task) -> None:
        """Check, when an attempt begins, that all tasks that joined the lane before it have ended."""
        name = lane_place(task.task_id, task.generation, task.submitted_at)
        self._look_who_joined()
        for before in itertools.takewhile(lambda each: each != name, self.lane):
            other = self._task(task_id_of(before))
            assert not is_at(other, before) or other.status.ended, self._told([other, task])

    def _any(self, status: Status) -> Task | None:
        return next((task for task in self._tasks() if task.status is status), None)

    def _tasks(self) -> list[Task]:
        found = (
            self.bare.client.batch_get_item(
                RequestItems={
                    self.bare.name: {"Keys": [{"taskId": {"S": each}} for each in self.task_ids]},
                }
            )
            if self.task_ids
            else {"Responses": {self.bare.name: []}}
        )
        return [to_task(item) for item in found["Responses"][self.bare.name]]

    def _task(self, task_id: str) -> Task:
        return next(task for task in self._tasks() if task.task_id == task_id)

    def _told(self, tasks: list[Task]) -> str:
        stories = [
            f"{task.task_id}:{task.generation} after {task.predecessor}, before {task.follower}: "
            + " ".join(entry.status for entry in task.history)
            for task in tasks
        ]
        return "\n".join([f"lane {self.lane}, messages {[each.body for each in self.messages]}", *stories])

    def _tick(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now
