"""Giving up on a task."""

from datetime import datetime

from lambdas.application.callbacks import send_delivery
from lambdas.application.dispatch import Dispatcher
from lambdas.domain.errors import TaskError
from lambdas.domain.task import Task
from lambdas.messaging.redelivery import Redeliver
from lambdas.telemetry import events


def dead_letter(dispatcher: Dispatcher, task: Task, error: TaskError, *, at: datetime) -> Task:
    """Give up on a task: record it as a dead letter and notify its callback.

    The caller must then make sure that the dead-letter queue gets the task's message, and pass on the task's
    turn.

    Args:
        dispatcher: Sends the delivery of the task's callback.
        task: The task as it was read or claimed. Its attempt must not be running, unless it is the caller's
            own.
        error: Why the task is given up.
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
