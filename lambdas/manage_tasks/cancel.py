"""Cancelling a task and unblocking the tasks behind it, or asking one that runs to stop."""

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

    The message of the task, if there is one, is acknowledged when it is received. A message that waits for a
    retry is made visible immediately, or it would block its message group until the retry is due.

    A running task is asked: its work sees that in its context. If its attempt fails, or was lost, the task is
    cancelled then, and no other attempt begins; if it succeeds, the task has succeeded.

    Args:
        found: The task as it was read.
        by: The client that asks for it.
        table: The task table.
        queue: The task queue.
        ordering: Keeps the tasks of an ordering key in order.
        at: The time.

    Returns:
        The task as it is then: CANCELLED, or still running and asked to be cancelled.

    Raises:
        MovedOn: The task has ended, or has just moved on.
        ClientError, BotoCoreError: The table refuses or is away; the request may be repeated.
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
        # The tasks behind it continue when release_tasks looks at them.
        logger.warning("followers not unblocked", **about(task), reason=str(error))
    return moved.task
