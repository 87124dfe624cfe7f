"""Release of tasks that wait for a time, a circuit, the end of a pause or their turn."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from random import sample

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.application.ordering import Ordering, next_check, waits_for_turn
from lambdas.domain.history import Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.release_tasks.rotation import Rotation
from lambdas.release_tasks.timers import TimerRunner
from lambdas.store.circuits import Circuits, Permit
from lambdas.store.holds import Hold, Holds
from lambdas.store.table import TaskTable
from lambdas.store.task_index import TaskIndex
from lambdas.store.waiting_keys import circuit_key
from lambdas.telemetry import events
from lambdas.telemetry.logs import logger

# Time within which a function that records a task sends its message, unless it crashes.
UNSENT_AFTER = timedelta(seconds=10)
# Time after which a waiting task's message is sent again even if no later task has overtaken it.
SENT_AGAIN_AFTER = timedelta(minutes=15)
# Time within which SQS drops a second message of a task, as a duplicate of the first.
DEDUPLICATED_FOR = timedelta(minutes=5)
# Maximum number of tasks that a pass releases for the same reason, so that they do not delay the others.
MAX_PER_PASS = 100
# Maximum number of tasks whose turn a pass checks. The checks are only for turns that a function did not pass
# on, because it crashed, and must not delay the next pass.
MAX_TURNS_PER_PASS = 20
# Maximum number of waiting and running tasks that a search for unsent ones reads, oldest first.
MAX_ACTIVE = 1_000
# Maximum number of circuits and kinds that a pass looks at, each of which takes a read.
MAX_WAITS_PER_PASS = 100
# Maximum number of tasks that a pass (every second) releases after a circuit has closed or a kind was
# resumed. Releasing all at once might overload a dependency that has just recovered.
MAX_PER_CIRCUIT_AND_PASS = 20

type IsOver = Callable[[], bool]
"""Function that tells, before each task, whether a pass must end because too little time is left."""


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Result of a pass.

    Attributes:
        released: Number of released tasks.
        is_full: Whether it looked at as many due tasks and timers as it may, so that more may be due.
    """

    released: int = 0
    is_full: bool = False


@dataclass(frozen=True, kw_only=True)
class Releaser:
    """Releases waiting tasks; several instances may run at the same time.

    Attributes:
        table: The task table.
        index: Index of waiting tasks.
        circuits: Circuit breakers of the dependencies.
        holds: Pauses of kinds, and circuits that are held open.
        dispatcher: Sender of tasks.
        ordering: Order of the tasks with the same ordering key.
        timers: Runner of due timers.
        recovery: Time that a circuit stays open before a call may probe the dependency.
        now: Function that returns the current time.
    """

    table: TaskTable
    index: TaskIndex
    circuits: Circuits
    holds: Holds
    dispatcher: Dispatcher
    ordering: Ordering
    timers: TimerRunner
    recovery: timedelta
    now: Callable[[], datetime]
    _probed_at: dict[str, datetime] = field(default_factory=dict)
    _rotation: Rotation = field(default_factory=Rotation)

    def send_unsent(self, is_over: IsOver = _never) -> int:
        """Send the messages of tasks that may never have been sent, and return their number.

        Such a task becomes QUEUED, so that its message is not sent again. If its first message is on the
        queue after all, SQS deduplicates the second within 5 minutes, and later the claim refuses it. By then
        a task whose turn has not come is parked instead: it needs no message, and second messages for all
        tasks of a key would double a backlog. Failures are logged.
        """
        return self._each("unsent", self._unsent, self._send, is_over).released

    def is_needed(self) -> bool:
        """Return whether any task may be due for release; False if the index cannot be read."""
        try:
            return self.index.any_to_release()
        except (ClientError, BotoCoreError) as error:
            logger.warning("waiting tasks not read", reason=str(error))
            return False

    def release(self, is_over: IsOver = _never) -> Pass:
        """Release tasks that are due, or whose circuit or kind allows it.

        Due timers are run, and turns checked. Failures are logged.
        """
        due = self._each("due", self._due, self._release_due, is_over)
        parked = self._each("parked", partial(self._permitted, is_over), self._release_parked, is_over)
        turns = self._each("turn", self._turns_to_check, self._check_turn, is_over)
        return Pass(released=due.released + parked.released + turns.released, is_full=due.is_full)

    def _each(
        self,
        release_reason: str,
        find: Callable[[], Iterable[str]],
        release: Callable[[Task], bool],
        is_over: IsOver,
    ) -> Pass:
        """Release the tasks that `find` yields.

        A failure of one affects no others, except that later scheduled ones must not overtake it.
        """
        released = looked_at = 0
        failed: list[Task | None] = []
        try:
            for task_id in find():
                if is_over():
                    break
                looked_at += 1
                task = None
                try:
                    task = None if self.timers.fire(task_id) else self.table.get(task_id)
                    if task is not None and not _may_overtake(task, failed) and release(task):
                        released += 1
                        events.task_released(task, release_reason=release_reason)
                except (ClientError, BotoCoreError, ValueError) as error:
                    if task is not None or not isinstance(error, ValueError):
                        failed.append(task)
                    logger.warning(
                        "task not released", task_id=task_id, release_reason=release_reason, reason=str(error)
                    )
        except (ClientError, BotoCoreError) as error:
            logger.warning("waiting tasks not found", release_reason=release_reason, reason=str(error))
        return Pass(released=released, is_full=looked_at >= MAX_PER_PASS)

    def _unsent(self) -> Iterable[str]:
        """Return the ids of the tasks whose messages may never have been sent, oldest first.

        If fewer tasks wait than a pass handles, these are all waiting tasks. In a backlog, most messages are
        on the queue, but the table does not show that. The result is then limited to tasks that have waited
        for a long time, or were overtaken by a task submitted later.
        """
        now = self.now()
        active = list(islice(self.index.active(now - UNSENT_AFTER), MAX_ACTIVE))
        waiting = [each for each in active if not each.is_processing]
        processing = [each.submitted_at for each in active if each.is_processing]
        if len(waiting) < MAX_PER_PASS or not processing:
            return [each.task_id for each in waiting[:MAX_PER_PASS]]
        overtaken = max(max(processing) - UNSENT_AFTER, now - SENT_AGAIN_AFTER)
        return [each.task_id for each in waiting if each.submitted_at < overtaken][:MAX_PER_PASS]

    def _send(self, task: Task) -> bool:
        """Send a PENDING task's message unless the task changed recently; return whether it was sent."""
        unchanged_for = self.now() - task.updated_at
        if task.status is not Status.PENDING or unchanged_for < UNSENT_AFTER:
            return False
        if unchanged_for >= DEDUPLICATED_FOR and not self.ordering.has_turn(task.predecessor):
            if self.ordering.park(task):
                events.task_waits_for_turn(task)
            return False
        self.dispatcher.dispatch(task)
        return True

    def _due(self) -> Iterable[str]:
        """Return the ids of due tasks, and the keys of due timers; report their lateness if more are due."""
        now = self.now()
        found = list(islice(self.index.due(now), MAX_PER_PASS))
        if len(found) == MAX_PER_PASS:
            events.releases_delayed(seconds=(now - found[0].at).total_seconds())
        return [each.task_id for each in found]

    def _release_due(self, task: Task) -> bool:
        if task.status is Status.SCHEDULED or self._retry_is_due(task):
            return self._release(task)
        return self._check_turn(task)  # if an earlier version parked it, among the tasks that wait for a time

    def _turns_to_check(self) -> Iterable[str]:
        return islice(self.index.turns_to_check(self.now()), MAX_TURNS_PER_PASS)

    def _check_turn(self, task: Task) -> bool:
        """Release a task that waits for its turn, if that has come; return False, as this is logged apart."""
        if waits_for_turn(task):
            # Postpone the task first, so that a task that cannot be released does not block the others.
            self.table.notes.look_again(task, next_check(task, self.now()))
            self.ordering.await_turn(task)
        return False

    def _retry_is_due(self, task: Task) -> bool:
        """Return whether a task is parked until a retry, or for a time for its circuit, and that is due.

        This is checked again because the index may still contain the time of an earlier retry.
        """
        retry_at = task.history[-1].retry_at
        has_time = task.waits_for in (Wait.RETRY, Wait.CIRCUIT)
        return has_time and retry_at is not None and retry_at <= self.now()

    def _permitted(self, is_over: IsOver) -> Iterable[str]:
        """Yield the ids of the tasks whose circuits or kinds allow their release in this pass.

        A pass is limited, so that it does not delay the other tasks, and the next one continues behind it.
        """
        found = self._waits()
        left = MAX_PER_PASS
        for key in self._rotation.order(found)[:MAX_WAITS_PER_PASS]:
            if left <= 0 or is_over():
                return
            self._rotation.reached(key)
            for task_id in found[key](min(left, MAX_PER_CIRCUIT_AND_PASS)):
                left -= 1
                yield task_id

    def _waits(self) -> dict[str, Callable[[int], Iterable[str]]]:
        """Return functions that find the tasks of a circuit or kind, by its key.

        They take the maximum number of tasks. Holds of circuits that have been lifted are forgotten.
        """
        found: dict[str, Callable[[int], Iterable[str]]] = {}
        held_open = set[str]()
        for hold in self.holds.read():
            if hold.since is not None:
                held_open.add(hold.key)
            elif hold.is_over(self.now()) and not self.holds.rests(hold):
                if hold.kind is None:
                    self.holds.forget(hold.key)
                else:
                    found[hold.key] = partial(self._resumed, hold)
        for circuit in self.circuits.with_parked():
            if circuit_key(circuit) not in held_open:
                found[circuit_key(circuit)] = partial(self._allowed, circuit)
        return found

    def _allowed(self, circuit: str, most: int) -> Iterable[str]:
        """Yield the ids of a circuit's tasks for this pass; forget its mark if there are none."""
        permit = self.circuits.permit(circuit)
        if permit is Permit.NONE or (permit is Permit.ONE and self._probe_is_under_way(circuit)):
            return
        parked = self.index.parked(circuit_key(circuit), most)
        if not parked:
            self.circuits.forget_parked(circuit)
        # Not always the oldest: if its work has a bug, it shows nothing about the dependency.
        yield from parked if permit is Permit.ALL else sample(parked, min(1, len(parked)))
        # Not before the task has been released, as the pass may end instead.
        if parked and permit is Permit.ONE:
            self._probed_at[circuit] = self.now()

    def _resumed(self, hold: Hold, most: int) -> Iterable[str]:
        """Return the ids of a resumed kind's tasks for this pass; forget the hold if there are none."""
        parked = self.index.parked(hold.key, most)
        if not parked:
            self.holds.forget(hold.key)
        return parked

    def _probe_is_under_way(self, circuit: str) -> bool:
        """Return whether a task was recently released to probe a circuit, and may not have run yet."""
        probed = self._probed_at.get(circuit)
        return probed is not None and timedelta(0) <= self.now() - probed < self.recovery

    def _release_parked(self, task: Task) -> bool:
        return task.waits_for in (Wait.CIRCUIT, Wait.PAUSE) and self._release(task)

    def _release(self, task: Task) -> bool:
        released = self.table.released(task, at=self.now())
        if released is None:
            return False
        self.dispatcher.dispatch(released)
        return True


def _may_overtake(task: Task, failed: Sequence[Task | None]) -> bool:
    """Return whether a scheduled task might join its lane before an earlier one that failed in this pass.

    Args:
        task: The task that is to be released.
        failed: The tasks whose release failed; None for each that could not be read, in any lane.
    """
    key = task.ordering_key
    joins = task.status is Status.SCHEDULED and key is not None
    return joins and any(each is None or each.ordering_key == key for each in failed)
