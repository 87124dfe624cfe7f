"""What becomes of a dead letter: its task is marked, people are told, and only then it is deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lambdas.aws.alerts import AlertTopic
from lambdas.aws.queues import TaskQueue
from lambdas.aws.table import Snapshot, TaskTable
from lambdas.aws.telemetry import logger
from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.message import NotATask, TaskMessage
from lambdas.domain.task import Task, unreadable


class NotYet(Exception):
    """The dead letter must stay on its queue and come again; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """Examines dead letters.

    A message that SQS moved although its task has attempts left was received too often without an
    attempt: its batch crashed, or the table was away. Its task is not dead, and goes back to the queue.

    Attributes:
        now: the time.
    """

    table: TaskTable
    queue: TaskQueue
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
                self._settle(message, found, message_id)

    def _settle(self, message: TaskMessage, found: Snapshot, message_id: str) -> None:
        task = found.task
        if found.lease_ends is not None and found.lease_ends > self.now():
            raise NotYet("an attempt of the task is still at work")
        if task.status is not Status.DEAD_LETTERED and task.attempts < task.max_attempts:
            self.queue.send_again(task, message_id)
            logger.warning("message out of receives, task not out of attempts: queued again")
        else:
            self._record(message, task)

    def _record(self, message: TaskMessage, task: Task) -> None:
        error = message.error or task.error or LOST_ATTEMPT
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
