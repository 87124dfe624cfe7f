"""What a dead letter died of: what its last attempt recorded, else what its message says, else UNKNOWN."""

from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.message import TaskMessage
from lambdas.domain.task import Task

NOTHING_SAID = TaskError.of(
    Category.UNKNOWN, "NothingSaid", "Neither an attempt nor the message says what the task died of."
)


def cause(task: Task, message: TaskMessage) -> TaskError:
    """What a task died of.

    In PROCESSING its last attempt never reported back; an error that is there is of one before.
    """
    if task.status is Status.PROCESSING:
        return LOST_ATTEMPT
    return task.error or message.error or NOTHING_SAID


def cause_without_task(message: TaskMessage | None, reason: str) -> TaskError:
    """What a message died of that belongs to no task, or to one whose record is gone.

    Args:
        message: None when it is none of ours.
        reason: why there is no task.
    """
    said = message.error if message else None
    if said is None:
        return TaskError.of(Category.VALIDATION, "NotATask", reason)
    return TaskError.of(said.category, said.type, f"{said.message} ({reason})")
