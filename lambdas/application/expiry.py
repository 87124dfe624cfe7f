"""Ending tasks whose first attempt has not begun by their deadline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.application.callbacks import send_delivery
from lambdas.application.ordering import Ordering
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.table import TaskTable
from lambdas.telemetry import events

# An attempt that has begun in time may be given back, because a circuit is open. Until it is known whether it
# was, its task is looked at this often.
LOOK_AGAIN = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """Ends tasks at their deadlines.

    Every method raises botocore's ClientError or BotoCoreError when the table or the queue refuses or is
    away, and may be repeated.

    Attributes:
        table: The task table.
        ordering: Keeps the tasks of an ordering key in order.
        now: Returns the time.
    """

    table: TaskTable
    ordering: Ordering
    now: Callable[[], datetime]

    def expire(self, task: Task) -> bool:
        """End a task whose deadline has passed, and pass on its turn.

        Returns:
            Whether the task has ended, which another function may have done at the same moment; False when
            it has moved on meanwhile.
        """
        moved = self.table.expired(task, at=self.now())
        if moved.done:
            events.task_expired(moved.task)
            send_delivery(self.ordering.dispatcher, moved)
            self.ordering.pass_turn(moved.task)
        return moved.task.status.ended

    def look_at(self, task_id: str) -> datetime | None:
        """End a task if its deadline has passed before its first attempt.

        Returns:
            When to look at it again; None when it cannot expire any more.
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
