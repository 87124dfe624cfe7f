"""What becomes of a dead letter: its task is marked, people are told, and only then it is deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lambdas.aws.alerts import AlertTopic
from lambdas.aws.table import Snapshot, TaskTable
from lambdas.aws.telemetry import logger
from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.message import NotATask, TaskMessage
from lambdas.domain.task import Task, unreadable

RECEIVES_EXHAUSTED = TaskError.of(
    Category.SYSTEM,
    "ReceivesExhausted",
    "The message was received as often as the queue allows, and no attempt could be begun or ended.",
)


class NotYet(Exception):
    """The dead letter must stay on its queue and come again; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """Examines dead letters.

    Attributes:
        now: the time.
    """

    table: TaskTable
    alerts: AlertTopic
    now: Callable[[], datetime]

    def examine(self, body: str, message_id: str) -> None:
        """Record a dead letter and alert; a return acknowledges it.

        Raises:
            NotYet: its task is still at work, or has just moved on.
            ClientError, BotoCoreError: the table or the topic refuses or is away.
        """
        try:
            message = TaskMessage.from_body(body)
        except NotATask as error:
            self._record_unreadable(body, message_id, str(error))
            return
        with logger.append_context_keys(task_id=message.task_id, correlation_id=message.correlation_id):
            found = self.table.snapshot(message.task_id)
            if found is None:
                self._record_unreadable(body, message_id, f"no task {message.task_id} is recorded")
            elif found.task.generation != message.generation or found.task.status is Status.SUCCEEDED:
                logger.info("dead letter of the past", status=found.task.status)
            else:
                self._record(message, found)

    def _record(self, message: TaskMessage, found: Snapshot) -> None:
        task = found.task
        if found.lease_ends is not None and found.lease_ends > self.now():
            raise NotYet("an attempt of the task is still at work")
        error = message.error or _last_error(task)
        if task.status is not Status.DEAD_LETTERED and not self.table.dead_lettered(
            task, error, at=self.now()
        ):
            raise NotYet("the task has just moved on")
        self._alert(task, error)

    def _record_unreadable(self, body: str, message_id: str, reason: str) -> None:
        error = TaskError.of(Category.VALIDATION, "NotATask", reason)
        task = unreadable(body, message_id=message_id, error=error, at=self.now())
        self.table.accept(task, fingerprint="")
        self._alert(task, error)

    def _alert(self, task: Task, error: TaskError) -> None:
        logger.error(
            "dead letter",
            task_id=task.task_id,
            kind=task.type,
            category=error.category,
            error_type=error.type,
            attempts=task.attempts,
        )
        self.alerts.dead_lettered(task, error)


def _last_error(task: Task) -> TaskError:
    """Why a task is dead whose own consumer has not said so (any more): SQS moved its message."""
    if task.status is Status.PROCESSING:
        return LOST_ATTEMPT
    return task.error or RECEIVES_EXHAUSTED
