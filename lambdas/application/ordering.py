"""Ordering of the tasks with the same ordering key.

A task's turn comes once all tasks before it in its lane (`lambdas.store.lanes`) have ended. A task whose
message arrives earlier is parked, and recorded as the follower of the task that it waits for; the end of that
task releases it. The follower is only a hint: each time, the predecessors are searched again for a task that
has not ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from lambdas.application.dispatch import Dispatcher
from lambdas.domain.history import Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.lanes import is_at, place_of, task_id_of
from lambdas.store.table import TaskTable
from lambdas.telemetry import events

# Interval at which release_tasks checks a task that waits for its turn. Normally the function that ends the
# previous task passes the turn on at once, but it may crash first. The interval grows while a task waits, so
# that the checks of one key's backlog do not delay those of other keys.
LOOK_AGAIN, LOOK_AGAIN_AT_MOST = timedelta(seconds=60), timedelta(minutes=10)
# Number of tasks that a search for the one ahead may skip without leaving a shorter way behind.
MAX_SKIPPED = 2
# Number of skipped tasks after which a search leaves a shorter way behind even before its end, so that a
# function that is stopped in a search through thousands of tasks need not begin anew.
SHORTEN_EVERY = 50

_MAY_END_OUT_OF_TURN = (Status.CANCELLED, Status.EXPIRED)


class _SearchTooLong(Exception):
    """The task ahead is too far away to be searched for at once."""


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """Parks tasks until their turn comes, and then releases them.

    Every method raises botocore's ClientError or BotoCoreError if the table or the queue rejects a request
    or is unavailable, and can be retried.

    Attributes:
        table: The task table.
        dispatcher: Sender of the tasks whose turn has come.
        now: Function that returns the current time.
    """

    table: TaskTable
    dispatcher: Dispatcher
    now: Callable[[], datetime]

    def has_turn(self, predecessor: str | None) -> bool:
        """Return whether a task's turn has come.

        Args:
            predecessor: Place of the task's predecessor in its lane; None if it has none.
        """
        return self._ahead(predecessor) is None

    def park(self, task: Task) -> bool:
        """Park a task until its turn comes.

        If the task's attempt was lost, callers must check that its lease has expired.

        Returns:
            False if the task has changed in the meantime.
        """
        at = self.now()
        moved = self.table.park_for_turn(task, at=at, check_at=at + LOOK_AGAIN)
        if moved.done:
            self.await_turn(moved.task)
        return moved.done

    def park_until(self, task: Task, due: datetime) -> bool:
        """Park a task until its next attempt is due, when release_tasks queues it; its turn must have come.

        If the task's attempt was lost, callers must check that its lease has expired.

        Returns:
            False if the task has changed in the meantime.
        """
        at = self.now()
        delay = ceil(max(0.0, (due - at).total_seconds()))
        return self.table.park_for_retry(task, delay, at=at).done

    def await_turn(self, task: Task) -> None:
        """Record a parked task as the follower of the one ahead of it, or release it if its turn has come.

        The one ahead also becomes the task's predecessor: those between the two have ended out of turn, and
        their records may be deleted while the task waits.
        """
        while ahead := self._ahead(task.predecessor):
            if self.table.notes.note_follower(ahead, task.task_id):
                self.table.notes.shorten(task, place_of(ahead))
                return
        released = self.table.released(task, at=self.now())
        if released:
            events.turn_has_come(task)
            self.dispatcher.dispatch(released)

    def pass_turn(self, ended: Task, *, is_thorough: bool = False) -> None:
        """Release the follower of a task that has ended, or make it wait for another one.

        Without a follower, the task may be the last one of its lane, and must not remain so if tasks ahead of
        it have not ended: the next task to join would not find these once the record of this one has expired.
        Only a thorough search for them passes more than SHORTEN_EVERY tasks that have ended. If it is needed,
        the task's message is sent, whose delivery makes it: the function that ended the task, such as that of
        the API, may have too little time.
        """
        follower = self.table.get(ended.follower) if ended.follower else None
        if follower is not None and waits_for_turn(follower):
            self.await_turn(follower)
        else:
            self._step_back(ended, None if is_thorough else SHORTEN_EVERY)

    def _step_back(self, ended: Task | None, at_most: int | None) -> None:
        """Make the nearest task that has not ended the last one of its lane again, if `ended` was that.

        The task that becomes the last one may end at the same moment; it is then read again, and left, too.
        """
        while ended and ended.ordering_key and ended.predecessor and ended.status in _MAY_END_OUT_OF_TURN:
            place = place_of(ended)
            is_last = self.table.lanes.last(ended.ordering_key) == place
            try:
                ahead = self._ahead(ended.predecessor, at_most) if is_last else None
            except _SearchTooLong:
                # It may have no message, like one that was parked, or one that SQS takes for a duplicate.
                self.dispatcher.send(ended.model_copy(update={"releases": ended.releases + 1}))
                return
            if ahead is None:
                return
            if not self.table.lanes.step_back(ended.ordering_key, last=place, to=place_of(ahead)):
                return
            ended = self.table.get(ahead.task_id)

    def _ahead(self, predecessor: str | None, at_most: int | None = None) -> Task | None:
        """Return the nearest task that has not ended, at a place or before it; None if all have ended.

        Tasks end in order, so the search stops at a task that has ended. Only cancelled and expired tasks are
        skipped: they may have ended out of turn, before earlier tasks.

        If many are skipped, the first of them gets the place at which the search stopped as its predecessor,
        which shortens the next search. Such a predecessor is right for ever, whatever happens in between:
        all tasks that were skipped have ended, and an ended task never runs again at its place, since a
        redrive takes a place at the end of the lane. The new predecessor and those before it are therefore
        the only ones that can still be ahead, and it does not matter which of two searches writes last. Tasks
        that join the lane meanwhile are behind the skipped ones.

        Raises:
            _SearchTooLong: More than `at_most` tasks would have to be skipped.
        """
        place, skipped = predecessor, 0
        first: Task | None = None
        while (task := self._at(place)) is not None and task.status in _MAY_END_OUT_OF_TURN:
            first, place = first or task, task.predecessor
            skipped += 1
            if at_most is not None and skipped > at_most:
                raise _SearchTooLong
            if skipped % SHORTEN_EVERY == 0:
                first = self.table.notes.shorten(first, place)
        ahead = task if task is not None and not task.status.ended else None
        if first is not None and skipped > MAX_SKIPPED:
            self.table.notes.shorten(first, place if ahead else None)
        return ahead

    def _at(self, place: str | None) -> Task | None:
        """Return the task at a place; None if there is none, or if it has ended and left the place.

        Such a task's record has expired, perhaps so long ago that another task has its id; or it was redriven
        and has a new place.
        """
        task = None if place is None else self.table.get(task_id_of(place))
        return task if task is not None and place is not None and is_at(task, place) else None


def next_check(task: Task, now: datetime) -> datetime:
    """Return when release_tasks checks a task that waits for its turn again."""
    waited = now - task.history[-1].at
    return now + min(LOOK_AGAIN_AT_MOST, max(LOOK_AGAIN, waited / 4))


def waits_for_turn(task: Task) -> bool:
    """Return whether a task is parked only because its turn has not come."""
    return task.waits_for is Wait.TURN
