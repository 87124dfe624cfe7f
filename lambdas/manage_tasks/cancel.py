"""Cancelling a task that does not run, and letting those go on that wait behind it."""

from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.ordering import Ordering
from lambdas.domain.task import Task
from lambdas.http.problems import ApiError, ProblemType
from lambdas.messaging.queues import TaskQueue
from lambdas.store.snapshot import Snapshot
from lambdas.store.table import TaskTable
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger


def cancel(found: Snapshot, *, table: TaskTable, queue: TaskQueue, ordering: Ordering, at: datetime) -> Task:
    """Cancel a task as it was read; returns it as it is then.

    Its message, if it has one, is acknowledged by whoever receives it. That of a retry is shown at once:
    it would hold up its message group until it is due.

    Raises:
        ApiError: the task runs, or has ended.
        ClientError, BotoCoreError: the table refuses or is away; the request may be repeated.
    """
    task = found.task
    moved = table.cancelled(task, at=at)
    if not moved.done:
        raise ApiError(
            ProblemType.NOT_CANCELLABLE,
            f"Task {task.task_id} is {moved.task.status} and cannot be cancelled.",
        )
    events.task_cancelled(task)
    try:
        if found.receipt_handle:
            queue.change_visibility(found.receipt_handle, 0)
        ordering.pass_turn(moved.task)
    except (ClientError, BotoCoreError) as error:
        # Those behind it go on when its message is due, or when release_tasks looks.
        logger.warning("followers not let go", **about(task), reason=str(error))
    return moved.task
