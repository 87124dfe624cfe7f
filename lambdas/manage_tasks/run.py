"""Immediate runs of tasks that wait for a time, a retry or a circuit, or whose message is gone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.application.ordering import Ordering
from lambdas.domain.history import Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.http.problems import ApiError, ProblemType
from lambdas.messaging.queues import TaskQueue
from lambdas.store.holds import Holds
from lambdas.store.retry_now import retry_now
from lambdas.store.snapshot import Snapshot
from lambdas.store.table import TaskTable
from lambdas.store.waiting_keys import circuit_key, kind_key
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger

ON_THE_QUEUE = frozenset({Status.PENDING, Status.QUEUED})
# Time after which the message of a retry that is due may be gone.
GONE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs waiting tasks now.

    A call can be repeated, which completes an earlier one that failed halfway. If it is not repeated,
    release_tasks sends the message of a task that is still PENDING, and a message that was not made visible
    becomes visible when its retry is due.

    Attributes:
        table: The task table.
        queue: The task queue.
        dispatcher: Sender of tasks.
        ordering: Order of the tasks with the same ordering key.
        half_open: Function that makes a circuit half open.
        holds: Pauses of kinds, and circuits that are held open.
        now: Function that returns the current time.
    """

    table: TaskTable
    queue: TaskQueue
    dispatcher: Dispatcher
    ordering: Ordering
    half_open: Callable[[str], None]
    holds: Holds
    now: Callable[[], datetime]

    def run(self, found: Snapshot, *, by: Requester) -> Task:
        """Queue a waiting task, so that it is attempted as soon as a function is free.

        Args:
            found: The task as it was read.
            by: The client that makes the request.

        Returns:
            The updated task.

        Raises:
            ApiError: The task is running, has ended, or waits for its turn, the end of a pause, or a circuit
                that is held open.
            ClientError, BotoCoreError: A table, or the queue for a QUEUED task or a lost attempt, rejects the
                request or is unavailable; the call can be retried.
        """
        task = found.task
        match task.status:
            case Status.PENDING | Status.QUEUED:
                return self._complete(found)
            case Status.PROCESSING if found.attempt_is_lost(self.now()):
                return self._send_again(task, by)
            case Status.RETRYING:
                return self._retry_now(found, by)
            case Status.SCHEDULED:
                return self._release(task, by)
            case Status.PARKED:
                self._prepare(task)
                return self._release(task, by)
            case _:
                raise _not_runnable(f"Task {task.task_id} is {task.status} and cannot be run now.")

    def _prepare(self, task: Task) -> None:
        """Make a parked task's circuit half open; raise ApiError if its turn or a hold forbids the run."""
        circuit = task.history[-1].circuit
        if circuit is not None:
            self._refuse_if_held(task, circuit_key(circuit), f"the circuit of {circuit} is held open by hand")
            self.half_open(circuit)
        elif task.waits_for is Wait.PAUSE:
            self._refuse_if_held(task, kind_key(task.type), f"its kind {task.type} is paused")
        elif task.waits_for is Wait.TURN and not self.ordering.has_turn(task.predecessor):
            raise _not_runnable(
                f"Task {task.task_id} waits for its turn; others of {task.ordering_key} have not ended."
            )

    def _refuse_if_held(self, task: Task, key: str, because: str) -> None:
        if key in self.holds.current():
            raise _not_runnable(f"Task {task.task_id} waits, since {because}.")

    def _release(self, task: Task, by: Requester) -> Task:
        released = self.table.released(task, by=by, at=self.now())
        if released is None:
            return self._already_queued(self.table.get(task.task_id) or task)
        events.task_run(task, by=by)
        return self._send(released)

    def _retry_now(self, found: Snapshot, by: Requester) -> Task:
        """Make the message of a task that waits for a retry visible, and send one if it may be gone.

        SQS does not take the second message for a duplicate, since an attempt has been made in between.
        """
        moved = retry_now(self.table.transitions, found.task, found.receipt_handle, by=by, at=self.now())
        if not moved.done:
            return self._already_queued(moved.task)
        events.task_run(found.task, by=by)
        self._show(found)
        if found.not_before is not None and found.not_before + GONE_AFTER < self.now():
            self.dispatcher.send(moved.task)
        return moved.task

    def _complete(self, found: Snapshot) -> Task:
        """Send the message of a task that should be on the queue.

        A QUEUED task's message may be gone: the queue was purged, or the message was not received within the
        queue's retention. If it is there after all, SQS drops the second one within 5 minutes of the first
        for the same attempt, and later the claim refuses it. Nor does it change the order of a key's tasks,
        which is that of their lane, whatever the order of their messages.
        """
        self._show(found)
        task = found.task
        return self._send(task) if task.status is Status.PENDING else self.dispatcher.send(task)

    def _send_again(self, task: Task, by: Requester) -> Task:
        """Send the message of a task whose attempt was lost, as it may be gone; return the task unchanged.

        The claim or the end that follows is conditional on the attempt, so the message changes nothing if the
        first one is there after all, or if the attempt has reported back in the meantime.
        """
        self.dispatcher.send(task)
        events.task_run(task, by=by)
        return task

    def _show(self, found: Snapshot) -> None:
        """Make a task's message visible if its receipt handle is known; a failure is only logged."""
        if found.receipt_handle:
            self.queue.try_change_visibility(found.receipt_handle, 0)

    def _send(self, task: Task) -> Task:
        try:
            return self.dispatcher.dispatch(task)
        except (ClientError, BotoCoreError) as error:
            # The task is PENDING, so release_tasks sends its message.
            logger.warning("task to run now not yet queued", **about(task), reason=str(error))
            return task

    @staticmethod
    def _already_queued(task: Task) -> Task:
        """Return a task that another request has queued in the meantime, or raise an error."""
        if task.status in ON_THE_QUEUE:
            return task
        raise _not_runnable(f"Task {task.task_id} has just become {task.status}.")


def _not_runnable(detail: str) -> ApiError:
    return ApiError(ProblemType.NOT_RUNNABLE, detail)
