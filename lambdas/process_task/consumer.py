"""Consumer of the task queue, which decides whether a delivered message leads to an attempt.

`Consumer.consume` returns if the message may be deleted, and raises if SQS must deliver it again. Each step
is written to the table before the next one. If the function crashes in between, the message is delivered
again after its visibility timeout, and processing continues from the last step that was written.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.cancellation import Cancellation
from lambdas.application.dead_lettering import dead_letter
from lambdas.application.expiry import Expiry
from lambdas.application.ordering import Ordering, waits_for_turn
from lambdas.domain.errors import LOST_ATTEMPT
from lambdas.domain.lifecycle import Status, may_become
from lambdas.domain.message import TaskMessage
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import MAX_TRIPS, Task
from lambdas.messaging.queues import DeadLetterQueue, TaskQueue
from lambdas.messaging.redelivery import AttemptStillRunning, Redeliver
from lambdas.process_task.known_holds import KnownHolds
from lambdas.process_task.received import ReceivedBatch, ReceivedMessage, Unreadable
from lambdas.process_task.worker import Worker
from lambdas.store.snapshot import Claimed, Refused, Snapshot
from lambdas.store.table import TaskTable
from lambdas.telemetry import events, tracing
from lambdas.telemetry.logs import logger
from lambdas.work.registry import Registry

# The visibility timeout of a message counts from its receipt, and the timeout of the function from its start
# a moment later. If the two are equal, as by default, the message may be delivered again just before its
# attempt is certainly over. Waiting these few seconds is better than using up a receive.
MAX_WAIT_FOR_LEASE_SECONDS = 5.0
# Tolerance for clock skew between functions, which can make a message seem to arrive before its retry is due.
MAX_WAIT_FOR_RETRY_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """Processes the messages that are received from the task queue.

    Attributes:
        table: The task table.
        dead_letters: The dead-letter queue.
        ordering: Order of the tasks with the same ordering key.
        cancellation: Cancellation of running tasks.
        expiry: Expiry of tasks at their deadlines.
        worker: Worker that makes attempts.
        kinds: The kinds of work.
        queue: The task queue.
        holds: Cache of the paused kinds.
        max_receive_count: Number of receives after which SQS moves a message to the dead-letter queue.
        now: Function that returns the current time.
    """

    table: TaskTable
    dead_letters: DeadLetterQueue
    ordering: Ordering
    cancellation: Cancellation
    expiry: Expiry
    worker: Worker
    kinds: Registry
    queue: TaskQueue
    holds: KnownHolds
    max_receive_count: int
    now: Callable[[], datetime]

    def consume(self, received: ReceivedMessage) -> None:
        """Process a received message; when this returns, it may be deleted.

        Raises:
            Redeliver: The message must be delivered again, for example because a retry follows, another
                delivery is being processed, or too little time is left.
            ClientError, BotoCoreError: The table or a queue rejects a request or is unavailable.
        """
        match received.message:
            case Unreadable(reason=reason):
                self._dead_letter_body(received, reason)
            case TaskMessage() as message:
                tracing.annotate(task_id=message.task_id, generation=message.generation)
                with logger.append_context_keys(
                    task_id=message.task_id, correlation_id=message.correlation_id
                ):
                    if not received.has_time_for(self.kinds.longest_seconds(message.type)):
                        self._give_back(message, received)
                    elif self.ordering.has_turn(message.predecessor):
                        self._process(message, received)
                    else:
                        self._park(message, received)

    def park_followers(self, batch: ReceivedBatch) -> set[str]:
        """Park tasks that must wait for others with their ordering key, if their group was redelivered.

        Call this before the attempts of the batch. A message that is received again and again together with
        the head of its group may run out of receives, which would delay its task.

        Returns:
            The ids of the messages whose tasks were parked; these messages may be deleted.
        """
        parked_ids: set[str] = set()
        for group, messages in batch.by_group.items():
            if all(received.receive_count == 1 for received in messages):
                continue
            try:
                for received in messages:
                    message = received.message
                    if isinstance(message, TaskMessage) and not self.ordering.has_turn(message.predecessor):
                        self._park(message, received)
                        parked_ids.add(received.message_id)
            except (Redeliver, ClientError, BotoCoreError) as error:
                logger.warning("followers not parked", message_group=group, reason=str(error))
        return parked_ids

    def _give_back(self, message: TaskMessage, received: ReceivedMessage) -> None:
        """Leave a task to another invocation, since too little time is left for an attempt.

        The messages of a batch share the function's timeout, and an attempt must be able to finish within it.
        The message is made visible at once, together with the later ones in its message group:
        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
        If the message has no receives left, SQS would move it to the dead-letter queue, so the task is queued
        with a new message.
        """
        if received.receive_count < self.max_receive_count:
            self.queue.try_change_visibility(received.receipt_handle, 0)
            raise Redeliver("too little time is left for an attempt")
        found = self.table.snapshot(message.task_id)
        if found is None:
            self._dead_letter_unrecorded(message, received)
        elif found.task.trips >= MAX_TRIPS:
            self._process(message, received)
        elif not self._may_be_parked(message, found):
            self._settle(message, found, received)
        else:
            self._park_until(found.task, found.not_before or self.now())

    def _park_until(self, task: Task, due: datetime) -> None:
        if not self.ordering.park_until(task, due):
            raise Redeliver("the task has changed in the meantime")
        logger.info("task is queued again", due=rfc3339(due))

    def _park(self, message: TaskMessage, received: ReceivedMessage) -> None:
        """Park a message's task until its turn comes; if it may not be parked, settle the delivery."""
        found = self.table.snapshot(message.task_id)
        if found is None:
            self._dead_letter_unrecorded(message, received)
        elif not self._may_be_parked(message, found):
            self._settle(message, found, received)
        elif self.ordering.park(found.task):
            events.task_waits_for_turn(found.task)
        else:
            raise Redeliver("the task has changed in the meantime")

    def _may_be_parked(self, message: TaskMessage, found: Snapshot) -> bool:
        """Return whether a task is in the message's generation, awaits an attempt, and is not yet parked."""
        task = found.task
        attempt_is_lost = self._lease_seconds(found) == 0 and task.attempts < task.max_attempts
        goes_on = attempt_is_lost and not task.cancel_requested
        return (
            task.generation == message.generation
            and may_become(task.status, Status.PARKED)
            and (task.status is not Status.PROCESSING or goes_on)
        )

    def _process(self, message: TaskMessage, received: ReceivedMessage) -> None:
        """Park the task if its kind is paused, else make an attempt, else settle the refused delivery."""
        may_be_paused = self.holds.any_hold() if message.type is None else self.holds.is_paused(message.type)
        if may_be_paused and self._park_for_pause(message):
            return
        outcome = self._claim(message, received)
        if isinstance(outcome, Refused) and outcome.found:
            wait = self._short_wait(outcome.found, received)
            if wait is not None:
                # Times are truncated to milliseconds, so wait a little longer than until the stored time.
                time.sleep(wait + 0.002)
                outcome = self._claim(message, received)
        match outcome:
            case Claimed(task=task):
                with logger.append_context_keys(kind=task.type, attempt=task.attempts):
                    self.worker.attempt(task, received)
            case Refused(found=Snapshot() as found):
                self._settle(message, found, received)
            case Refused():
                self._dead_letter_unrecorded(message, received)

    def _park_for_pause(self, message: TaskMessage) -> bool:
        """Park a message's task if its kind is paused; return whether the task was parked."""
        found = self.table.snapshot(message.task_id)
        if found is None or not self.holds.is_paused(found.task.type):
            return False
        is_early = self._retry_seconds(found) > MAX_WAIT_FOR_RETRY_SECONDS
        if is_early or not self._may_be_parked(message, found):
            return False
        self.holds.holds.note_parked(found.task.type)
        if not self.table.park_for_pause(found.task, at=self.now()).done:
            raise Redeliver("the task has changed in the meantime")
        events.task_parked(found.task, reason="its kind is paused")
        return True

    def _claim(self, message: TaskMessage, received: ReceivedMessage) -> Claimed | Refused:
        now = self.now()
        return self.table.claim(
            message.task_id,
            message.generation,
            claimant=received.claimant,
            at=now,
            lease_ends=now + timedelta(seconds=received.remaining_seconds()),
        )

    def _lease_seconds(self, found: Snapshot) -> float:
        """Return the seconds until the lease of the running attempt ends; 0 if none is running."""
        return max(0.0, (found.lease_ends - self.now()).total_seconds()) if found.lease_ends else 0.0

    def _retry_seconds(self, found: Snapshot) -> float:
        """Return the seconds until the retry of a task is due; 0 if no retry is pending."""
        return max(0.0, (found.not_before - self.now()).total_seconds()) if found.not_before else 0.0

    def _short_wait(self, found: Snapshot, received: ReceivedMessage) -> float | None:
        """Return the seconds after which a refused claim may succeed; None if the wait would be too long.

        A wait is short if the lease of this message's earlier delivery is about to end, or the task's retry
        is about to be due.
        """
        if found.not_before is not None:
            seconds = self._retry_seconds(found)
            return seconds if seconds <= MAX_WAIT_FOR_RETRY_SECONDS else None
        patience = min(MAX_WAIT_FOR_LEASE_SECONDS, received.remaining_seconds() / 2)
        seconds = self._lease_seconds(found)
        return seconds if self._is_same_message(found, received) and seconds <= patience else None

    @staticmethod
    def _is_same_message(found: Snapshot, received: ReceivedMessage) -> bool:
        return found.claimant is not None and found.claimant.startswith(f"{received.message_id}/")

    def _settle(self, message: TaskMessage, found: Snapshot, received: ReceivedMessage) -> None:
        """Handle a delivery whose task can be neither claimed nor parked."""
        task = found.task
        if died := task.death(message.generation):
            # The function may have crashed after it dead-lettered the task, and before it sent the message.
            # This must be alerted even if the task has been redriven or cancelled since.
            as_it_died = task.model_copy(update={"generation": message.generation})
            self.dead_letters.send(as_it_died, died.error or LOST_ATTEMPT)
        elif task.has_expired(self.now()):
            if not self.expiry.expire(task):
                raise Redeliver("the task has changed in the meantime")
            return
        elif self._is_to_be_cancelled(message, found):
            if not self.cancellation.end(task, LOST_ATTEMPT):
                raise Redeliver("the task has changed in the meantime")
            return
        elif self._is_out_of_attempts(message, found):
            task = dead_letter(self.ordering.dispatcher, task, LOST_ATTEMPT, at=self.now())
            self.dead_letters.send(task, LOST_ATTEMPT)
        elif task.generation == message.generation and found.not_before:
            # The claim came too early for the retry, which may be due by now. This message may be the task's
            # only one, or a duplicate of the one that waits. As each receive counts, park the task instead.
            self._park_until(task, found.not_before)
            return
        elif task.status is Status.PROCESSING and self._is_same_message(found, received):
            # Deleting the message now would leave the task without one if the running attempt fails.
            raise AttemptStillRunning("an earlier delivery of this message is still being processed")
        if task.status.ended:
            self.ordering.pass_turn(task, is_thorough=True)
        elif waits_for_turn(task):
            # The function that parked the task may have crashed before it recorded the follower.
            self.ordering.await_turn(task)
        logger.info("duplicate delivery", status=task.status)

    def _is_to_be_cancelled(self, message: TaskMessage, found: Snapshot) -> bool:
        """Return whether a task's attempt was lost and a client has requested cancellation."""
        task = found.task
        return (
            task.generation == message.generation
            and task.status is Status.PROCESSING
            and bool(task.cancel_requested)
            and self._lease_seconds(found) == 0
        )

    def _is_out_of_attempts(self, message: TaskMessage, found: Snapshot) -> bool:
        """Return whether a task's attempt was lost and no attempts are left."""
        task = found.task
        return (
            task.generation == message.generation
            and task.status is Status.PROCESSING
            and task.attempts >= task.max_attempts
            and self._lease_seconds(found) == 0
        )

    def _dead_letter_unrecorded(self, message: TaskMessage, received: ReceivedMessage) -> None:
        self._dead_letter_body(received, f"no task {message.task_id} is recorded")

    def _dead_letter_body(self, received: ReceivedMessage, reason: str) -> None:
        logger.warning("message is not a task", message_id=received.message_id, reason=reason)
        self.dead_letters.send_body(
            received.body, message_id=received.message_id, message_group=received.message_group
        )
