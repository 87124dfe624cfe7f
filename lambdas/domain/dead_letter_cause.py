"""Cause of a dead letter: the error of its last attempt, else the error in its message, else UNKNOWN."""

from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.message import TaskMessage
from lambdas.domain.task import Task

NO_CAUSE_RECORDED = TaskError.of(
    Category.UNKNOWN, "NoCauseRecorded", "Neither the last attempt nor the message says why the task failed."
)

TOO_MANY_RELEASES = TaskError.of(
    Category.SYSTEM,
    "TooManyReleases",
    "The task was released again and again, but never attempted: process_task crashes before it begins.",
)


def cause(task: Task, message: TaskMessage) -> TaskError:
    """Return the error for which a task was given up.

    If the task is still PROCESSING, its last attempt was lost, and the recorded error belongs to the
    previous attempt.
    """
    if task.status is Status.PROCESSING:
        return LOST_ATTEMPT
    return task.error or message.error or NO_CAUSE_RECORDED


def cause_without_task(message: TaskMessage | None, reason: str) -> TaskError:
    """Return the error for a message that has no task.

    Args:
        message: The message; None if Faultline did not send it.
        reason: Why there is no task: the message never belonged to one, or the task was deleted.
    """
    said = message.error if message else None
    if said is None:
        return TaskError.of(Category.VALIDATION, "NotATask", reason)
    return TaskError.of(said.category, said.type, f"{said.message} ({reason})")
