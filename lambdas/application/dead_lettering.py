"""Dead-lettering of tasks."""

from datetime import datetime

from lambdas.application.callbacks import send_delivery
from lambdas.application.dispatch import Dispatcher
from lambdas.domain.errors import TaskError
from lambdas.domain.task import Task
from lambdas.messaging.redelivery import Redeliver
from lambdas.telemetry import events


def dead_letter(dispatcher: Dispatcher, task: Task, error: TaskError, *, at: datetime) -> Task:
    """Record a task as dead-lettered, and queue its callback delivery.

    The caller must then make sure that the task's message reaches the dead-letter queue, and pass the turn to
    the next task in the lane.

    Args:
        dispatcher: Sender of the callback delivery.
        task: The task as it was read or claimed. No attempt may be running, except the caller's own.
        error: Error for which the task is given up.
        at: The current time.

    Returns:
        The updated task.

    Raises:
        Redeliver: The task has changed in the meantime.
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    moved = dispatcher.table.dead_lettered(task, error, at=at)
    if not moved.done:
        raise Redeliver("the task has changed in the meantime")
    events.task_dead_lettered(moved.task, error)
    send_delivery(dispatcher, moved)
    return moved.task
