"""What a delivered message leads to: an attempt, its result or its retry, and who acknowledges it.

`Consumer.consume` returns when the message may be acknowledged, and raises when it must come again.
Each step is written down before what follows from it is done, so that dying between any two of them
loses nothing: the message comes again after its visibility timeout, and finds what was written.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import JsonValue, ValidationError

from lambdas.aws.queues import DeadLetterQueue, TaskQueue
from lambdas.aws.table import Snapshot, TaskTable
from lambdas.aws.telemetry import logger
from lambdas.domain import strict_json
from lambdas.domain.errors import LOST_ATTEMPT, InvalidWork, TaskError, WorkError, classify
from lambdas.domain.lifecycle import Status
from lambdas.domain.message import NotATask, TaskMessage
from lambdas.domain.task import Task
from lambdas.process_task.simulation import Simulator
from lambdas.work.registry import Registry, UnknownKind, WorkContext

# A message comes again after its visibility timeout, counted from its receipt; the function that held
# it dies at its own timeout, counted from its start a moment later. Where the two timeouts are equal,
# as the defaults are, the message may come while its attempt is not surely over: for these few seconds
# waiting is better than using up a receive.
MAX_WAIT_FOR_LEASE_SECONDS = 5.0


class ComesAgain(Exception):
    """The message must not be acknowledged; the text says why. Nothing is wrong with the function."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery of one message.

    Attributes:
        claimant: names this delivery and no other; begins with the message's id.
        remaining_seconds: how long until the function is killed.
    """

    message_id: str
    message_group: str
    receipt_handle: str
    body: str
    claimant: str
    remaining_seconds: Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """Processes deliveries.

    Attributes:
        private_addresses: whether work may talk to loopback and private networks.
        now: the time.
        random: a number from 0 up to 1.
    """

    table: TaskTable
    queue: TaskQueue
    dead_letters: DeadLetterQueue
    kinds: Registry
    simulator: Simulator
    private_addresses: bool
    now: Callable[[], datetime]
    random: Callable[[], float]

    def consume(self, delivery: Delivery) -> None:
        """Process a delivery; a return acknowledges it.

        Raises:
            ComesAgain: by intention: a retry is due, or another delivery is at work.
            ClientError, BotoCoreError: the table or a queue refuses or is away.
        """
        try:
            message = TaskMessage.from_body(delivery.body)
        except NotATask as error:
            self._dead_letter_body(delivery, str(error))
            return
        with logger.append_context_keys(task_id=message.task_id, correlation_id=message.correlation_id):
            self._process(message, delivery)

    def _process(self, message: TaskMessage, delivery: Delivery) -> None:
        claimed = self._claim(message, delivery)
        if isinstance(claimed, Snapshot) and self._ends_soon(claimed, delivery):
            # Leases are kept in whole milliseconds, and are over only when one more has passed.
            time.sleep(self._lease_seconds(claimed) + 0.002)
            claimed = self._claim(message, delivery)
        if claimed is None:
            self._dead_letter_body(delivery, f"no task {message.task_id} is recorded")
        elif isinstance(claimed, Snapshot):
            self._settle(message, claimed, delivery)
        else:
            with logger.append_context_keys(kind=claimed.type, attempt=claimed.attempts):
                self._attempt(claimed, delivery)

    def _claim(self, message: TaskMessage, delivery: Delivery) -> Task | Snapshot | None:
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
            if not self.table.dead_lettered(task, LOST_ATTEMPT, at=self.now()):
                raise ComesAgain("the task has just moved on")
            self.dead_letters.send(task, LOST_ATTEMPT)
        elif task.status is Status.PROCESSING and self._is_same_message(held, delivery):
            # Acknowledging would delete the message that the running attempt relies on.
            raise ComesAgain("an earlier delivery of this message is still at work")
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

    def release(self, receipt_handle: str) -> None:
        """Give a message back that an earlier one of its group holds up: on the queue it waits for that one
        alone, and not for its own visibility timeout as well."""
        self._show_again(receipt_handle, 0)

    def _attempt(self, task: Task, delivery: Delivery) -> None:
        try:
            result = self._perform(task, delivery)
        except Exception as error:  # noqa: BLE001 # work may raise anything; `classify` names it
            self._failed(task, delivery, error)
            return
        if not self.table.succeeded(task, result, at=self.now()):
            raise ComesAgain("the attempt was replaced by another")
        logger.info("task succeeded")

    def _perform(self, task: Task, delivery: Delivery) -> JsonValue:
        try:
            kind = self.kinds[task.type]
            payload = kind.payload.model_validate(task.payload)
        except UnknownKind as error:
            raise InvalidWork(str(error)) from error
        except ValidationError as error:
            raise InvalidWork(f"the payload does not fit {task.type}: {error}") from error
        self.simulator.disturb(task, delivery.remaining_seconds)
        context = WorkContext(
            task_id=task.task_id,
            attempt=task.attempts,
            idempotency_key=task.idempotency_key,
            correlation_id=task.correlation_id,
            remaining_seconds=delivery.remaining_seconds,
            may_reach_private_addresses=self.private_addresses,
        )
        return _as_json(kind.perform(payload, context), task.type)

    def _failed(self, task: Task, delivery: Delivery, raised: Exception) -> None:
        error = classify(raised)
        if error.retryable and task.attempts < task.max_attempts:
            self._retry(task, delivery, error, raised)
        if not self.table.dead_lettered(task, error, at=self.now()):
            raise ComesAgain("the attempt was replaced by another") from raised
        logger.warning("task dead-lettered", error=error.model_dump(mode="json"))
        if error.retryable:
            # Out of attempts, and so of receives: SQS moves it to the dead-letter queue at its next receive.
            self._show_again(delivery.receipt_handle, 0)
            raise ComesAgain("the last attempt failed") from raised
        self.dead_letters.send(task, error)

    def _retry(self, task: Task, delivery: Delivery, error: TaskError, raised: Exception) -> None:
        delay = self._retry_delay(task, raised)
        if not self.table.retrying(task, error, delay, at=self.now()):
            raise ComesAgain("the attempt was replaced by another") from raised
        logger.warning("attempt failed", error=error.model_dump(mode="json"), retry_delay_seconds=delay)
        self._show_again(delivery.receipt_handle, delay)
        raise ComesAgain(f"to be retried in {delay} s") from raised

    def _retry_delay(self, task: Task, raised: Exception) -> int:
        return self.kinds[task.type].retry.delay_seconds(
            task.attempts,
            retry_after=raised.retry_after if isinstance(raised, WorkError) else None,
            spread=self.random(),
            rounding=self.random(),
        )

    def _show_again(self, receipt_handle: str, seconds: int) -> None:
        try:
            self.queue.show_again(receipt_handle, seconds)
        except (ClientError, BotoCoreError) as error:
            # Then it is shown again after its visibility timeout: later than planned, not never.
            logger.warning("visibility not changed", reason=str(error))

    def _dead_letter_body(self, delivery: Delivery, reason: str) -> None:
        logger.warning("message is no task", message_id=delivery.message_id, reason=reason)
        self.dead_letters.send_body(
            delivery.body, message_id=delivery.message_id, message_group=delivery.message_group
        )


def _as_json(result: object, kind: str) -> JsonValue:
    """A result as it will be read from the table; what could not be, is found while the attempt lasts."""
    try:
        value: JsonValue = strict_json.loads(strict_json.dumps(result))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidWork(f"the result of {kind} is no JSON: {error}") from error
    return value
