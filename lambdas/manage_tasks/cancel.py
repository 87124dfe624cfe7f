"""Cancellation of single tasks."""

from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.callbacks import send_delivery
from lambdas.application.cancellation import Cancellation
from lambdas.application.ordering import Ordering
from lambdas.domain.errors import LOST_ATTEMPT
from lambdas.domain.lifecycle import CANCELLABLE, Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.http.problems import ProblemType
from lambdas.manage_tasks.state_conflict import StateConflict
from lambdas.messaging.queues import TaskQueue
from lambdas.store.snapshot import Snapshot
from lambdas.store.table import TaskTable
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger


def may_be_cancelled(task: Task) -> bool:
    """Return whether a task can be cancelled, or asked to stop, in its state."""
    return task.status in CANCELLABLE or task.status is Status.PROCESSING


def cancel(
    found: Snapshot,
    *,
    by: Requester,
    table: TaskTable,
    queue: TaskQueue,
    ordering: Ordering,
    at: datetime,
    running: bool = True,
) -> Task:
    """Cancel a task, or request the cancellation of a running one.

    The message of a cancelled task is deleted when it is next received. A message that waits for a retry is
    made visible at once; otherwise it would block its message group until the retry is due.

    The work of a running task can see the request in its context. If the attempt fails or is lost, the task
    is cancelled and not attempted again; if the attempt succeeds, so does the task. If the attempt has been
    lost already, the task is cancelled at once, since its message may be gone.

    Args:
        found: The task as it was read.
        by: The client that makes the request.
        table: The task table.
        queue: The task queue.
        ordering: Order of the tasks with the same ordering key.
        at: The current time.
        running: Whether to request the cancellation of a running task; otherwise it is refused.

    Returns:
        The updated task, which is CANCELLED or still running.

    Raises:
        StateConflict: The task has ended or is running, or its state has changed in the meantime.
        ClientError, BotoCoreError: The table rejects the request or is unavailable; the call can be retried.
    """
    task = found.task
    moved = table.cancelled(task, by=by, at=at)
    if not moved.done and moved.task.status is Status.PROCESSING and running:
        moved = table.ask_to_cancel(moved.task, by=by)
        if moved.done:
            events.cancellation_requested(moved.task, by=by)
            return _ended_if_lost(found, moved.task, ordering, at)
    if not moved.done:
        raise StateConflict(
            ProblemType.NOT_CANCELLABLE,
            f"Task {task.task_id} is {moved.task.status} and cannot be cancelled.",
        )
    events.task_cancelled(task, by=by)
    send_delivery(ordering.dispatcher, moved)
    if found.receipt_handle:
        queue.try_change_visibility(found.receipt_handle, 0)
    try:
        ordering.pass_turn(moved.task)
    except (ClientError, BotoCoreError) as error:
        # release_tasks unblocks the followers when it next checks them.
        logger.warning("followers not unblocked", **about(task), reason=str(error))
    return moved.task


def _ended_if_lost(found: Snapshot, asked: Task, ordering: Ordering, at: datetime) -> Task:
    """Cancel a task at once if its cancellation was requested after its attempt was lost; return the task."""
    if not (found.attempt_is_lost(at) and found.task.version == asked.version):
        return asked
    try:
        Cancellation(ordering=ordering, now=lambda: at).end(asked, LOST_ATTEMPT)
        return ordering.table.get(asked.task_id) or asked
    except (ClientError, BotoCoreError) as error:
        # The task may be cancelled already; otherwise its next delivery cancels it.
        logger.warning("cancelled task or followers not handled", **about(asked), reason=str(error))
        return asked
