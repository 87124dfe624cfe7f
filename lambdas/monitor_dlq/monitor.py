"""Monitor of the dead-letter queue, which records each dead letter and publishes an alert."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lambdas.application.cancellation import Cancellation
from lambdas.application.dead_lettering import dead_letter
from lambdas.application.ordering import Ordering
from lambdas.domain.dead_letter_cause import NO_CAUSE_RECORDED, TOO_MANY_RELEASES, cause, cause_without_task
from lambdas.domain.errors import LOST_ATTEMPT, TaskError
from lambdas.domain.history import HistoryEntry
from lambdas.domain.lifecycle import ENDED, Status
from lambdas.domain.message import NotATask, TaskMessage
from lambdas.domain.task import MAX_TRIPS, Task, unreadable
from lambdas.messaging.alerts import AlertTopic
from lambdas.messaging.redelivery import AttemptStillRunning, Redeliver
from lambdas.store.snapshot import Snapshot
from lambdas.store.table import TaskTable
from lambdas.telemetry import events, tracing
from lambdas.telemetry.logs import logger

# States of a task that make its message in the dead-letter queue outdated: the task has ended in another way,
# or waits to be released.
NOT_DEAD = ENDED - {Status.DEAD_LETTERED} | {Status.PARKED, Status.SCHEDULED}


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """Examines the messages of the dead-letter queue.

    A message may reach the dead-letter queue while its task has attempts left, if it was received too often
    without an attempt: its batch crashed, or the table was unavailable. Such a task is parked, and queued
    again when it is due.

    Attributes:
        table: The task table.
        ordering: Order of the tasks with the same ordering key.
        alerts: Topic for the alerts.
        now: Function that returns the current time.
    """

    table: TaskTable
    ordering: Ordering
    alerts: AlertTopic
    now: Callable[[], datetime]

    def examine(self, body: str, message_id: str) -> None:
        """Record a dead letter and publish an alert; when this returns, the message may be deleted.

        Raises:
            Redeliver: An attempt of the task is still running, or the task has changed in the meantime.
            ClientError, BotoCoreError: The table, a queue or the topic rejects a request or is unavailable.
        """
        try:
            message = TaskMessage.from_body(body)
        except NotATask as error:
            self._record_unreadable(body, message_id, cause_without_task(None, str(error)))
            return
        tracing.annotate(task_id=message.task_id, generation=message.generation)
        with logger.append_context_keys(task_id=message.task_id, correlation_id=message.correlation_id):
            found = self.table.snapshot(message.task_id)
            if found is None:
                gone = cause_without_task(message, f"no task {message.task_id} is recorded")
                self._record_unreadable(body, message_id, gone)
            elif found.task.generation == message.generation and found.task.status not in NOT_DEAD:
                self._settle(message, found)
            elif died := found.task.death(message.generation):
                self._alert_late(found.task, died)
            else:
                logger.info("outdated dead letter", status=found.task.status)

    def _settle(self, message: TaskMessage, found: Snapshot) -> None:
        task = found.task
        if found.lease_ends is not None and found.lease_ends > self.now():
            raise AttemptStillRunning("an attempt of the task is still running")
        if task.status is Status.PROCESSING and task.cancel_requested:
            if not Cancellation(ordering=self.ordering, now=self.now).end(task, LOST_ATTEMPT):
                raise Redeliver("the task has changed in the meantime")
            return
        has_attempts = task.status is not Status.DEAD_LETTERED and task.attempts < task.max_attempts
        if has_attempts and task.trips < MAX_TRIPS:
            self._park(task, found.not_before)
        else:
            self._record(task, TOO_MANY_RELEASES if has_attempts else cause(task, message))

    def _park(self, task: Task, not_before: datetime | None) -> None:
        """Park a task with attempts left, either until its turn or until its retry is due.

        It is not sent with a delay, since FIFO queues do not support delays of individual messages:
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
        """
        if not self.ordering.has_turn(task.predecessor):
            parked = self.ordering.park(task)
        else:
            parked = self.ordering.park_until(task, not_before or self.now())
        if not parked:
            raise Redeliver("the task has changed in the meantime")
        logger.warning("message out of receives, but its task has attempts left and is queued again")

    def _record(self, task: Task, error: TaskError) -> None:
        if task.status is not Status.DEAD_LETTERED:
            task = dead_letter(self.ordering.dispatcher, task, error, at=self.now())
        self.ordering.pass_turn(task)
        self._alert(task, error)

    def _record_unreadable(self, body: str, message_id: str, error: TaskError) -> None:
        task = unreadable(body, message_id=message_id, error=error, at=self.now())
        if self.table.accept(task, fingerprint="").created:
            events.message_dead_lettered(task, error)
        self._alert(task, error)

    def _alert_late(self, task: Task, died: HistoryEntry) -> None:
        """Publish the alert about a task that was redriven or cancelled before its message was examined."""
        as_it_died = task.model_copy(update={"attempts": died.attempt or 0})
        self._alert(as_it_died, died.error or NO_CAUSE_RECORDED)

    def _alert(self, task: Task, error: TaskError) -> None:
        events.dead_letter_alerted(task, error)
        self.alerts.dead_lettered(task, error)
