"""Releasing tasks that wait without a message: their time has come, or their circuit lets them go."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.application.ordering import LOOK_AGAIN, Ordering, waits_for_turn
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.circuits import Circuits, Permit
from lambdas.store.table import TaskTable
from lambdas.store.task_index import TaskIndex
from lambdas.telemetry import events
from lambdas.telemetry.logs import logger

# Whoever recorded a task sends its message within this time, or has died.
UNSENT_AFTER = timedelta(seconds=10)
# A pass looks at this many tasks of each sort at most, so that none keeps the others waiting.
MAX_PER_PASS = 100
# When a circuit has closed, those that waited follow at this pace (a pass is a second): a herd of them could
# knock over again what has just stood up.
MAX_PER_CIRCUIT_AND_PASS = 20


@dataclass(frozen=True, kw_only=True)
class Releaser:
    """Releases tasks. Two may run at once: each release is a conditional write, and one succeeds.

    Attributes:
        recovery: how long an open circuit stays so.
        now: the time.
    """

    table: TaskTable
    index: TaskIndex
    circuits: Circuits
    dispatcher: Dispatcher
    ordering: Ordering
    recovery: timedelta
    now: Callable[[], datetime]
    _probed_at: dict[str, datetime] = field(default_factory=dict)

    def send_unsent(self) -> int:
        """Send tasks that were recorded and never sent; their number. What fails is logged."""
        return self._each("unsent", self._unsent, self._send)

    def is_needed(self) -> bool:
        """Whether there may be anything to `release`. What fails is logged, and asked again."""
        try:
            return self.index.any_to_release()
        except (ClientError, BotoCoreError) as error:
            logger.warning("waiting tasks not looked for", reason=str(error))
            return False

    def release(self) -> int:
        """Release tasks whose time has come, or whose circuit lets them go; their number. As above."""
        return self._each("due", self._due, self._release_due) + self._each(
            "parked", self._let_go, self._release_parked
        )

    def _each(self, sort: str, find: Callable[[], Iterable[str]], release: Callable[[Task], bool]) -> int:
        """Release those that `find` finds; one that fails does not keep the others."""
        released = 0
        try:
            for task_id in find():
                try:
                    task = self.table.get(task_id)
                    if task is not None and release(task):
                        released += 1
                        events.task_released(task, sort=sort)
                except (ClientError, BotoCoreError, ValueError) as error:
                    logger.warning("not released", task_id=task_id, sort=sort, reason=str(error))
        except (ClientError, BotoCoreError) as error:
            logger.warning("waiting tasks not found", sort=sort, reason=str(error))
        return released

    def _unsent(self) -> Iterable[str]:
        return islice(self.index.unsent(self.now() - UNSENT_AFTER), MAX_PER_PASS)

    def _send(self, task: Task) -> bool:
        """Send a task that was recorded and not sent; one that was released just now is about to be sent."""
        if task.status is not Status.PENDING or task.updated_at > self.now() - UNSENT_AFTER:
            return False
        self.dispatcher.dispatch(task)
        return True

    def _due(self) -> Iterable[str]:
        return islice(self.index.due(self.now()), MAX_PER_PASS)

    def _release_due(self, task: Task) -> bool:
        if task.status is Status.SCHEDULED:
            return self._release(task)
        if waits_for_turn(task):
            # First, so that one that cannot be released does not keep the others.
            self.table.look_again(task, self.now() + LOOK_AGAIN)
            self.ordering.await_turn(task)
        return False

    def _let_go(self) -> Iterable[str]:
        """The tasks that their circuits let go in this pass."""
        for circuit in self.circuits.with_parked():
            permit = self.circuits.permit(circuit)
            if permit is Permit.ONE and self._probe_is_under_way(circuit):
                permit = Permit.NONE
            if permit is Permit.NONE:
                continue
            most = 1 if permit is Permit.ONE else MAX_PER_CIRCUIT_AND_PASS
            parked = self.index.parked(circuit, most)
            if not parked:
                self.circuits.forget_parked(circuit)
            elif permit is Permit.ONE:
                self._probed_at[circuit] = self.now()
            yield from parked

    def _probe_is_under_way(self, circuit: str) -> bool:
        """Whether one was released for this half-open circuit just now, and has yet to be tried."""
        probed = self._probed_at.get(circuit)
        return probed is not None and self.now() - probed < self.recovery

    def _release_parked(self, task: Task) -> bool:
        return task.status is Status.PARKED and not waits_for_turn(task) and self._release(task)

    def _release(self, task: Task) -> bool:
        released = self.table.released(task, at=self.now())
        if released is None:
            return False
        self.dispatcher.dispatch(released)
        return True
