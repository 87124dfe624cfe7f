"""What a delivered message leads to: an attempt, or none, and who acknowledges it.

`Consumer.consume` returns when the message may be acknowledged, and raises when it must come again.
Each step is written down before what follows from it is done, so that dying between any two of them
loses nothing: the message comes again after its visibility timeout, and finds what was written.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.ordering import Ordering, waits_for_turn
from lambdas.domain.errors import LOST_ATTEMPT
from lambdas.domain.lifecycle import Status, may_become
from lambdas.domain.message import NotATask, TaskMessage
from lambdas.messaging.queues import DeadLetterQueue, TaskQueue
from lambdas.messaging.redelivery import NotItsTurn, Redeliver
from lambdas.process_task.delivery import Delivery
from lambdas.process_task.worker import Worker
from lambdas.store.snapshot import Claimed, Refused, Snapshot
from lambdas.store.table import TaskTable
from lambdas.telemetry import tracing
from lambdas.telemetry.logs import logger
from lambdas.telemetry.metrics import Metric, count

# A message comes again after its visibility timeout, counted from its receipt; the function that held
# it dies at its own timeout, counted from its start a moment later. Where the two timeouts are equal,
# as the defaults are, the message may come while its attempt is not surely over: for these few seconds
# waiting is better than using up a receive.
MAX_WAIT_FOR_LEASE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """Processes deliveries.

    Attributes:
        now: the time.
    """

    table: TaskTable
    queue: TaskQueue
    dead_letters: DeadLetterQueue
    ordering: Ordering
    worker: Worker
    now: Callable[[], datetime]

    def consume(self, delivery: Delivery) -> None:
        """Process a delivery; a return acknowledges it.

        Raises:
            Redeliver: by intention: a retry is due, or another delivery is at work.
            ClientError, BotoCoreError: the table or a queue refuses or is away.
        """
        try:
            message = TaskMessage.from_body(delivery.body)
        except NotATask as error:
            self._dead_letter_body(delivery, str(error))
            return
        tracing.annotate(task_id=message.task_id, generation=message.generation)
        with logger.append_context_keys(task_id=message.task_id, correlation_id=message.correlation_id):
            if self.ordering.has_turn(message.predecessor):
                self._process(message, delivery)
            else:
                self._hold(message, delivery)

    def park_followers(self, deliveries: Iterable[Delivery]) -> set[str]:
        """Park the tasks of a batch that must wait for others of their key, before any of the batch is tried.

        A message that comes again may come too often, because it comes along with a head that is retried, or
        because the function dies before its turn in the batch. Its task keeps its place, but would be late.

        Returns:
            The ids of their messages, which may be acknowledged.
        """
        held: set[str] = set()
        for group, members in _by_group(deliveries).items():
            if all(delivery.receive_count == 1 for delivery in members):
                continue
            try:
                for delivery in members:
                    if self._held(delivery):
                        held.add(delivery.message_id)
            except (Redeliver, ClientError, BotoCoreError) as error:
                logger.warning("followers not held", message_group=group, reason=str(error))
        return held

    def _held(self, delivery: Delivery) -> bool:
        """Whether a message's turn has not come, so that its task was parked."""
        try:
            message = TaskMessage.from_body(delivery.body)
        except NotATask:
            return False
        if self.ordering.has_turn(message.predecessor):
            return False
        self._hold(message, delivery)
        return True

    def release(self, receipt_handle: str) -> None:
        """Give a message back that an earlier one of its group holds up: on the queue it waits for that one
        alone, and not for its own visibility timeout as well."""
        try:
            self.queue.change_visibility(receipt_handle, 0)
        except (ClientError, BotoCoreError) as error:
            logger.warning("visibility not changed", reason=str(error))

    def _hold(self, message: TaskMessage, delivery: Delivery) -> None:
        """Park the task of a message whose turn has not come."""
        found = self.table.snapshot(message.task_id)
        if found is None:
            self._dead_letter_body(delivery, f"no task {message.task_id} is recorded")
        elif not self._may_wait(message, found):
            self._settle(message, found, delivery)
        elif self.ordering.hold(found.task):
            logger.info("task waits for its turn")
        else:
            raise Redeliver("the task has just moved on")

    def _may_wait(self, message: TaskMessage, found: Snapshot) -> bool:
        """Whether a task can be parked: it is this message's, and not running, ended or parked already."""
        task = found.task
        lost = self._lease_seconds(found) == 0 and task.attempts < task.max_attempts
        return (
            task.generation == message.generation
            and may_become(task.status, Status.PARKED)
            and (task.status is not Status.PROCESSING or lost)
        )

    def _process(self, message: TaskMessage, delivery: Delivery) -> None:
        """Make an attempt of a message's task, or end its delivery without one."""
        outcome = self._claim(message, delivery)
        if isinstance(outcome, Refused) and outcome.found and self._ends_soon(outcome.found, delivery):
            # Leases are kept in whole milliseconds: one more has to pass before this one has ended.
            time.sleep(self._lease_seconds(outcome.found) + 0.002)
            outcome = self._claim(message, delivery)
        match outcome:
            case Claimed(task=task):
                with logger.append_context_keys(kind=task.type, attempt=task.attempts):
                    self.worker.attempt(task, delivery)
            case Refused(found=Snapshot() as found):
                self._settle(message, found, delivery)
            case Refused():
                self._dead_letter_body(delivery, f"no task {message.task_id} is recorded")

    def _claim(self, message: TaskMessage, delivery: Delivery) -> Claimed | Refused:
        now = self.now()
        return self.table.claim(
            message.task_id,
            message.generation,
            claimant=delivery.claimant,
            at=now,
            lease_ends=now + timedelta(seconds=delivery.remaining_seconds()),
        )

    def _lease_seconds(self, held: Snapshot) -> float:
        """How long until a running attempt is over at the latest; 0 when none runs."""
        return max(0.0, (held.lease_ends - self.now()).total_seconds()) if held.lease_ends else 0.0

    def _ends_soon(self, held: Snapshot, delivery: Delivery) -> bool:
        """Whether the attempt of an earlier delivery of this message is over in a moment."""
        patience = min(MAX_WAIT_FOR_LEASE_SECONDS, delivery.remaining_seconds() / 2)
        return self._is_same_message(held, delivery) and self._lease_seconds(held) <= patience

    @staticmethod
    def _is_same_message(held: Snapshot, delivery: Delivery) -> bool:
        return held.claimant is not None and held.claimant.startswith(f"{delivery.message_id}/")

    def _settle(self, message: TaskMessage, held: Snapshot, delivery: Delivery) -> None:
        """End a delivery that there is no attempt to make for."""
        task = held.task
        if task.generation == message.generation and task.status is Status.DEAD_LETTERED:
            # Its dead letter may never have been sent: the function may have died just before.
            self.dead_letters.send(task, task.error or LOST_ATTEMPT)
        elif self._is_out_of_attempts(message, held):
            moved = self.table.dead_lettered(task, LOST_ATTEMPT, at=self.now())
            if not moved.done:
                raise Redeliver("the task has just moved on")
            logger.warning("task dead-lettered", category=LOST_ATTEMPT.category, error_type=LOST_ATTEMPT.type)
            count({Metric.DEAD_LETTERS: 1}, Kind=task.type, Category=LOST_ATTEMPT.category)
            self.dead_letters.send(task, LOST_ATTEMPT)
            task = moved.task
        elif task.status is Status.PROCESSING and self._is_same_message(held, delivery):
            # Acknowledging would delete the message that the running attempt relies on.
            raise NotItsTurn("an earlier delivery of this message is still at work")
        if task.status.ended:
            self.ordering.pass_turn(task)
        elif waits_for_turn(task):
            # Whoever parked it may have died before it said whom it waits for.
            self.ordering.await_turn(task)
        logger.info("duplicate delivery", status=task.status)

    def _is_out_of_attempts(self, message: TaskMessage, held: Snapshot) -> bool:
        """Whether the last attempt that the task may have was lost."""
        task = held.task
        return (
            task.generation == message.generation
            and task.status is Status.PROCESSING
            and task.attempts >= task.max_attempts
            and self._lease_seconds(held) == 0
        )

    def _dead_letter_body(self, delivery: Delivery, reason: str) -> None:
        logger.warning("message is no task", message_id=delivery.message_id, reason=reason)
        self.dead_letters.send_body(
            delivery.body, message_id=delivery.message_id, message_group=delivery.message_group
        )


def _by_group(deliveries: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    """The deliveries of each message group, in their order."""
    found: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        found.setdefault(delivery.message_group, []).append(delivery)
    return found
