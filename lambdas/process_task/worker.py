"""An attempt: the work is done, and what came of it written down before anything follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import JsonValue, ValidationError

from lambdas.application.ordering import Ordering
from lambdas.domain import strict_json
from lambdas.domain.errors import InvalidWork, TaskError, WorkError, classify
from lambdas.domain.task import Task
from lambdas.messaging.queues import DeadLetterQueue, TaskQueue
from lambdas.messaging.redelivery import AttemptFailed, Redeliver
from lambdas.process_task.delivery import Delivery
from lambdas.process_task.simulation import Simulator
from lambdas.store.circuits import Circuits
from lambdas.store.guarded_call import CircuitOpen
from lambdas.store.table import TaskTable
from lambdas.telemetry import tracing
from lambdas.telemetry.logs import logger
from lambdas.telemetry.metrics import Metric, count
from lambdas.work.registry import Kind, Registry, UnknownKind, WorkContext

# So long a task may show whether its dependency is back without using its attempts: an outage kills nobody.
# After that they count, since a dependency that never comes back must not keep it forever.
PROBES_ARE_FREE_FOR = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Makes attempts.

    Attributes:
        max_receive_count: after so many receives SQS moves a message to the dead-letter queue.
        private_addresses: whether work may talk to loopback and private networks.
        now: the time.
        random: a number from 0 up to 1.
    """

    table: TaskTable
    queue: TaskQueue
    dead_letters: DeadLetterQueue
    ordering: Ordering
    circuits: Circuits
    kinds: Registry
    simulator: Simulator
    max_receive_count: int
    private_addresses: bool
    now: Callable[[], datetime]
    random: Callable[[], float]

    def attempt(self, task: Task, delivery: Delivery) -> None:
        """Make the attempt that a task was claimed for; a return acknowledges its message.

        Raises:
            AttemptFailed: a retry is due, or SQS is to move the message.
            Redeliver: the attempt was replaced by another.
            ClientError, BotoCoreError: the table or a queue refuses or is away.
        """
        self._begin(task)
        began = monotonic()
        try:
            self._conclude(task, delivery)
        finally:
            count({Metric.PROCESSING_TIME: (monotonic() - began) * 1000}, Kind=task.type)

    def _begin(self, task: Task) -> None:
        tracing.annotate(kind=task.type, attempt=task.attempts)
        logger.info("attempt begun")
        first = task.attempts == 1 and task.generation == 0
        waited = {Metric.QUEUE_LATENCY: self._since_due(task)} if first else {}
        count({Metric.ATTEMPTS: 1, **waited}, Kind=task.type)

    def _since_due(self, task: Task) -> float:
        """Milliseconds since the task was submitted, or was to run."""
        due = max(task.submitted_at, task.run_at or task.submitted_at)
        return (self.now() - due).total_seconds() * 1000

    def _conclude(self, task: Task, delivery: Delivery) -> None:
        try:
            result = self._perform(task, delivery)
        except CircuitOpen as reason:
            if reason.failure is None or self.now() - task.began_at < PROBES_ARE_FREE_FOR:
                self._park(task, reason)
            else:
                self._failed(task, delivery, reason.failure)
            return
        except Exception as error:  # noqa: BLE001 # work may raise anything; `classify` names it
            self._failed(task, delivery, error)
            return
        moved = self.table.succeeded(task, result, at=self.now())
        if not moved.done:
            raise Redeliver("the attempt was replaced by another")
        logger.info("task succeeded")
        whole = {Metric.END_TO_END_TIME: self._since_due(task)} if task.generation == 0 else {}
        count({Metric.TASKS_SUCCEEDED: 1, **whole}, Kind=task.type)
        self.ordering.pass_turn(moved.task)

    def _perform(self, task: Task, delivery: Delivery) -> JsonValue:
        kind = self._kind(task)
        try:
            payload = kind.payload.model_validate(task.payload)
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
        if kind.dependency is None:
            return _as_json(kind.perform(payload, context), task.type)
        dependency = kind.dependency(payload)

        def call() -> JsonValue:
            with tracing.calling(dependency):
                return kind.perform(payload, context)

        return _as_json(self.circuits.call(dependency, call, caller=task.task_id), task.type)

    def _kind(self, task: Task) -> Kind[Any]:
        try:
            return self.kinds[task.type]
        except UnknownKind as error:
            raise InvalidWork(str(error)) from error

    def _park(self, task: Task, reason: CircuitOpen) -> None:
        """Have the task wait for its circuit."""
        self.circuits.note_parked(reason.circuit)
        if not self.table.waits_for_circuit(task, reason.circuit, at=self.now()):
            raise Redeliver("the attempt was replaced by another") from reason
        logger.info("task parked", reason=str(reason))
        count({Metric.TASKS_PARKED: 1}, Kind=task.type)

    def _failed(self, task: Task, delivery: Delivery, raised: Exception) -> None:
        error = classify(raised)
        tracing.failed(error.category)
        tracing.annotate(category=error.category)
        if error.retryable:
            policy = self.kinds[task.type].policy(error.category)
            if task.attempts < min(task.max_attempts, policy.maximum_attempts):
                delay = policy.delay_seconds(
                    task.attempts,
                    retry_after=raised.retry_after if isinstance(raised, WorkError) else None,
                    spread=self.random(),
                    rounding=self.random(),
                )
                self._retry(task, delivery, error, delay)
                raise AttemptFailed(f"to be retried in {delay} s") from raised
        moved = self.table.dead_lettered(task, error, at=self.now())
        if not moved.done:
            raise Redeliver("the attempt was replaced by another") from raised
        logger.warning("task dead-lettered", error=error.model_dump(mode="json"))
        count({Metric.DEAD_LETTERS: 1}, Kind=task.type, Category=error.category)
        if error.retryable and delivery.receive_count >= self.max_receive_count:
            # Out of attempts and of receives: SQS moves it to the dead-letter queue at its next receive.
            self._change_visibility(delivery.receipt_handle, 0)
            self.ordering.pass_turn(moved.task)
            raise AttemptFailed("the last attempt failed") from raised
        self.dead_letters.send(task, error)
        self.ordering.pass_turn(moved.task)

    def _retry(self, task: Task, delivery: Delivery, error: TaskError, delay: int) -> None:
        if not self.table.retrying(task, error, delay, receipt_handle=delivery.receipt_handle, at=self.now()):
            raise Redeliver("the attempt was replaced by another")
        logger.warning("attempt failed", error=error.model_dump(mode="json"), retry_delay_seconds=delay)
        count({Metric.RETRIES: 1}, Kind=task.type, Category=error.category)
        self._change_visibility(delivery.receipt_handle, delay)

    def _change_visibility(self, receipt_handle: str, seconds: int) -> None:
        try:
            self.queue.change_visibility(receipt_handle, seconds)
        except (ClientError, BotoCoreError) as error:
            # Then it is shown again after its visibility timeout: later than planned, not never.
            logger.warning("visibility not changed", reason=str(error))


def _as_json(result: object, kind: str) -> JsonValue:
    """A result as it will be read from the table; what could not be, is found while the attempt lasts."""
    try:
        value: JsonValue = strict_json.loads(strict_json.dumps(result))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidWork(f"the result of {kind} is no JSON: {error}") from error
    return value
