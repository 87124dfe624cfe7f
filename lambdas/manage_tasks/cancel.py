"""Cancelling a task and unblocking the tasks behind it, or asking a running task to stop."""

from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.callbacks import send_delivery
from lambdas.application.ordering import Ordering
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.http.problems import ProblemType
from lambdas.manage_tasks.moved_on import MovedOn
from lambdas.messaging.queues import TaskQueue
from lambdas.store.snapshot import Snapshot
from lambdas.store.table import TaskTable
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger


def cancel(
    found: Snapshot,
    *,
    by: Requester,
    table: TaskTable,
    queue: TaskQueue,
    ordering: Ordering,
    at: datetime,
) -> Task:
    """Cancel a task.

    The task's message, if there is one, is acknowledged when it is received. A message that waits for a retry
    is made visible immediately; otherwise it would block its message group until the retry is due.

    A running task is asked to stop: its work can see that in its context. If the attempt fails or is lost,
    the task is cancelled and not attempted again; if it succeeds, the task has succeeded.

    Args:
        found: The task as it was read.
        by: The client that makes the request.
        table: The task table.
        queue: The task queue.
        ordering: Keeps the tasks of an ordering key in order.
        at: The current time.

    Returns:
        The updated task: CANCELLED, or still running and asked to stop.

    Raises:
        MovedOn: The task has ended, or its state has just changed.
        ClientError, BotoCoreError: The table rejects the request or is unavailable; the call can be retried.
    """
    task = found.task
    moved = table.cancelled(task, by=by, at=at)
    if not moved.done and moved.task.status is Status.PROCESSING:
        moved = table.ask_to_cancel(moved.task, by=by)
        if moved.done:
            events.cancellation_requested(moved.task, by=by)
            return moved.task
    if not moved.done:
        raise MovedOn(
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
        # release_tasks unblocks the tasks behind it when it checks them.
        logger.warning("followers not unblocked", **about(task), reason=str(error))
    return moved.task
