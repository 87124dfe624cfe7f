"""Whose turn it is among the tasks of an ordering key, and what follows when a task ends.

A task may run when all that joined its lane (`lambdas.store.lanes`) before it have ended. One that comes too
early is parked, and its name left with the one that it waits for; who ends finds there who is to be woken.
That is a hint: whose turn it is, is always found out anew, from one predecessor to the one before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.application.dispatch import Dispatcher
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.lanes import parse_place
from lambdas.store.table import TaskTable
from lambdas.telemetry.logs import about, logger

# A turn passes on as soon as the one before ends. Only who dies right after that leaves it to release_tasks,
# which looks at a waiting task this often.
LOOK_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """Keeps the tasks of an ordering key in order.

    Every method raises botocore's ClientError or BotoCoreError when the table or the queue refuses or is
    away, and may be repeated.

    Attributes:
        now: the time.
    """

    table: TaskTable
    dispatcher: Dispatcher
    now: Callable[[], datetime]

    def has_turn(self, predecessor: str | None) -> bool:
        """Whether a task may run now that comes after `predecessor`, an entry of its lane."""
        return self._ahead(predecessor) is None

    def hold(self, task: Task) -> bool:
        """Park a task until its turn comes; False when it has just moved on."""
        at = self.now()
        moved = self.table.waits_for_turn(task, at=at, look_at=at + LOOK_AGAIN)
        if moved.done:
            self.await_turn(moved.task)
        return moved.done

    def await_turn(self, task: Task) -> None:
        """Have a parked task woken by the one that it comes after, or release it when its turn has come."""
        while ahead := self._ahead(task.predecessor):
            if self.table.note_follower(ahead, task.task_id):
                return
        released = self.table.released(task, at=self.now())
        if released:
            logger.info("turn has come", **about(task))
            self.dispatcher.dispatch(released)

    def pass_turn(self, ended: Task) -> None:
        """Wake the task that waits for this one, which has ended; nobody may wait."""
        follower = self.table.get(ended.follower) if ended.follower else None
        if follower is not None and waits_for_turn(follower):
            self.await_turn(follower)

    def _ahead(self, predecessor: str | None) -> Task | None:
        """The nearest task before a place in a lane that has not ended; None when there is none.

        A task ends in its turn, so that all before it have ended, unless it was cancelled while it waited.
        """
        while predecessor is not None:
            task_id, generation = parse_place(predecessor)
            task = self.table.get(task_id)
            if task is None or task.generation != generation:
                return None  # ended long ago, and is gone; or ended, and was redriven into another place
            if not task.status.ended:
                return task
            predecessor = task.predecessor if task.status is Status.CANCELLED else None
        return None


def waits_for_turn(task: Task) -> bool:
    """Whether the task is parked for its turn, and not for a circuit."""
    return task.status is Status.PARKED and task.history[-1].circuit is None
