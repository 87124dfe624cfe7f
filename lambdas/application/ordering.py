"""Turns of the tasks of an ordering key.

It is a task's turn when all tasks that joined its lane (`lambdas.store.lanes`) before it have ended. A task
whose message arrives too early is parked and recorded as the follower of the task that it waits for; when
that task ends, it wakes its follower. The follower is only a hint: whether it is a task's turn is always
determined anew, by walking from its predecessor back to the first task that has not ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from lambdas.application.dispatch import Dispatcher
from lambdas.domain.history import Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.lanes import parse_place
from lambdas.store.table import TaskTable
from lambdas.telemetry import events

# A turn is passed on as soon as the previous task ends. If its function dies right after that, release_tasks
# passes the turn on: it checks a waiting task at this interval.
LOOK_AGAIN = timedelta(seconds=60)

_MAY_END_OUT_OF_TURN = (Status.CANCELLED, Status.EXPIRED)


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """The order of the tasks of an ordering key.

    Every method raises botocore's ClientError or BotoCoreError when the table or the queue rejects a request
    or is unavailable, and can be retried.

    Attributes:
        table: The task table.
        dispatcher: Sends tasks whose turn has come.
        now: Returns the current time.
    """

    table: TaskTable
    dispatcher: Dispatcher
    now: Callable[[], datetime]

    def has_turn(self, predecessor: str | None) -> bool:
        """Return whether it is a task's turn.

        Args:
            predecessor: The place before the task's own in its lane; None if there is none.
        """
        return self._ahead(predecessor) is None

    def park(self, task: Task) -> bool:
        """Park a task until it is its turn.

        If the task's attempt was lost, callers must check that its lease has expired.

        Returns:
            False if the task has changed in the meantime.
        """
        at = self.now()
        moved = self.table.waits_for_turn(task, at=at, look_at=at + LOOK_AGAIN)
        if moved.done:
            self.await_turn(moved.task)
        return moved.done

    def park_until(self, task: Task, due: datetime) -> bool:
        """Park a task, whose turn it is, until its next attempt is due; release_tasks then queues it.

        If the task's attempt was lost, callers must check that its lease has expired.

        Returns:
            False if the task has changed in the meantime.
        """
        at = self.now()
        delay = ceil(max(0.0, (due - at).total_seconds()))
        return self.table.waits_for_retry(task, delay, at=at).done

    def await_turn(self, task: Task) -> None:
        """Register a parked task with the task that it waits for, or release it if it is its turn."""
        while ahead := self._ahead(task.predecessor):
            if self.table.notes.note_follower(ahead, task.task_id):
                return
        released = self.table.released(task, at=self.now())
        if released:
            events.turn_has_come(task)
            self.dispatcher.dispatch(released)

    def pass_turn(self, ended: Task) -> None:
        """Wake the task that waits for this ended one, if there is one."""
        follower = self.table.get(ended.follower) if ended.follower else None
        if follower is not None and waits_for_turn(follower):
            self.await_turn(follower)

    def _ahead(self, predecessor: str | None) -> Task | None:
        """Return the nearest task at or before a place that has not ended; None if all have.

        Tasks end in order, so all tasks before an ended one have ended as well. The exception is a task that
        was cancelled or expired while it waited: then the tasks before it are checked too.
        """
        while predecessor is not None:
            task_id, generation = parse_place(predecessor)
            task = self.table.get(task_id)
            if task is None or task.generation != generation:
                return None  # It has ended and is deleted, or was redriven into another place.
            if not task.status.ended:
                return task
            predecessor = task.predecessor if task.status in _MAY_END_OUT_OF_TURN else None
        return None


def waits_for_turn(task: Task) -> bool:
    """Return whether a task is parked only because it is not its turn."""
    return task.waits_for is Wait.TURN
