"""Expiry of tasks whose first attempt has not begun by their deadline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.application.callbacks import send_delivery
from lambdas.application.ordering import Ordering
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.table import TaskTable
from lambdas.telemetry import events

# Interval between checks while the first attempt is running, since it does not count if the task is then
# parked for an open circuit.
LOOK_AGAIN = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """Ends tasks whose deadlines have passed.

    Every method raises botocore's ClientError or BotoCoreError if the table or the queue rejects a request
    or is unavailable, and can be retried.

    Attributes:
        table: The task table.
        ordering: Order of the tasks with the same ordering key.
        now: Function that returns the current time.
    """

    table: TaskTable
    ordering: Ordering
    now: Callable[[], datetime]

    def expire(self, task: Task) -> bool:
        """Expire a task whose deadline has passed, and pass the turn to the next task in its lane.

        Returns:
            Whether the task has ended, here or in another function; False if it has otherwise changed.
        """
        moved = self.table.expired(task, at=self.now())
        if moved.done:
            events.task_expired(moved.task)
            send_delivery(self.ordering.dispatcher, moved)
            self.ordering.pass_turn(moved.task)
        return moved.task.status.ended

    def check(self, task_id: str) -> datetime | None:
        """Expire a task if its deadline has passed before its first attempt.

        Returns:
            Time of the next check; None if the task can no longer expire.
        """
        task, now = self.table.get(task_id), self.now()
        if task is None or task.status.ended or task.generation or task.expires_at is None:
            return None
        if task.expires_at > now:
            return task.expires_at
        if task.has_expired(now):
            return None if self.expire(task) else now
        may_be_given_back = task.status is Status.PROCESSING and task.attempts == 1
        return now + LOOK_AGAIN if may_be_given_back else None
