"""Giving up a task."""

from datetime import datetime

from lambdas.application.callbacks import send_delivery
from lambdas.application.dispatch import Dispatcher
from lambdas.domain.errors import TaskError
from lambdas.domain.task import Task
from lambdas.messaging.redelivery import Redeliver
from lambdas.telemetry import events


def dead_letter(dispatcher: Dispatcher, task: Task, error: TaskError, *, at: datetime) -> Task:
    """Give a task up and tell of it.

    The caller then sees to it that the dead-letter queue has the task's message, and passes on its turn.

    Args:
        dispatcher: Sends what tells the task's caller.
        task: As it was read or claimed. Its attempt must not be running, unless it is the caller's own.
        error: Why the task is given up.
        at: The time.

    Returns:
        The task as it is then.

    Raises:
        Redeliver: The task has moved on meanwhile.
        ClientError, BotoCoreError: The table refuses or is away.
    """
    moved = dispatcher.table.dead_lettered(task, error, at=at)
    if not moved.done:
        raise Redeliver("the task has just moved on")
    events.task_dead_lettered(moved.task, error)
    send_delivery(dispatcher, moved)
    return moved.task
