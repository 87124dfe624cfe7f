"""Whose turn it is among the tasks of an ordering key, and what follows when a turn ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.aws.dispatch import Dispatcher
from lambdas.aws.lanes import Lanes
from lambdas.aws.table import TaskTable
from lambdas.aws.telemetry import logger
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task

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
    lanes: Lanes
    dispatcher: Dispatcher
    now: Callable[[], datetime]

    def has_turn(self, ordering_key: str, task_id: str, *, came_before: bool) -> bool:
        """Whether a delivered task may run now.

        A message that has come before may come too often and leave its place in the queue: its task takes
        a place in the key's lane.

        Raises:
            LaneFull: it may not, and can't be held either.
        """
        members = self.lanes.members(ordering_key)
        if members or came_before:
            members = self.lanes.enter(ordering_key, task_id)
        return not members or members[0] == task_id

    def enter(self, ordering_key: str, task_id: str) -> None:
        """Make those wait that come after a task which leaves the queue before it has ended.

        Raises:
            LaneFull: too many wait already.
        """
        self.lanes.enter(ordering_key, task_id)

    def hold(self, task: Task) -> bool:
        """Park a task, which is in its key's lane, until its turn comes; False when it has just moved on."""
        assert task.ordering_key is not None
        at = self.now()
        if not self.table.waits_for_turn(task, at=at, look_at=at + LOOK_AGAIN):
            return False
        # The one before it may have ended just now, and have found nobody parked.
        self.look(task.ordering_key)
        return True

    def leave(self, ordering_key: str, task_id: str) -> None:
        """Pass the turn on, if it is that of this task, which has ended."""
        members = self.lanes.members(ordering_key)
        while members and members[0] == task_id:
            members = self.lanes.leave(ordering_key, task_id)
            if not members or self._goes(members[0]):
                return
            task_id = members[0]

    def look(self, ordering_key: str) -> None:
        """See to it that the first of a lane goes on, and if it has ended, the next."""
        members = self.lanes.members(ordering_key)
        if members and not self._goes(members[0]):
            self.leave(ordering_key, members[0])

    def _goes(self, task_id: str) -> bool:
        """Whether the task has yet to end; one that waits for its turn is released."""
        task = self.table.get(task_id)
        if task is None or task.status.ended:
            return False
        if waits_for_turn(task):
            released = self.table.released(task, at=self.now())
            if released:
                logger.info("turn has come", task_id=task_id)
                self.dispatcher.dispatch(released)
        return True


def waits_for_turn(task: Task) -> bool:
    """Whether the task is parked for its turn, and not for a circuit."""
    return task.status is Status.PARKED and task.history[-1].circuit is None
