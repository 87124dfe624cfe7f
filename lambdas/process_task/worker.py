"""Worker that makes attempts and records their outcomes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import JsonValue

from lambdas.application.callbacks import send_delivery
from lambdas.application.cancellation import Cancellation
from lambdas.application.dead_lettering import dead_letter
from lambdas.application.ordering import Ordering
from lambdas.domain.errors import (
    InvalidWork,
    SystemFailure,
    TaskError,
    classify,
)
from lambdas.domain.library_errors import retry_after
from lambdas.domain.retry import MAX_DELAY_IN_FLIGHT_SECONDS, RetryPolicy
from lambdas.domain.task import MAX_TRIPS, Task
from lambdas.messaging.queues import DeadLetterQueue, TaskQueue
from lambdas.messaging.redelivery import AttemptFailed, Redeliver
from lambdas.process_task.attempt import dependency_of, perform, validated
from lambdas.process_task.attempt_count import AttemptCount
from lambdas.process_task.cancel_watch import CancelWatch
from lambdas.process_task.json_result import as_json
from lambdas.process_task.known_holds import KnownHolds
from lambdas.process_task.received import ReceivedMessage
from lambdas.process_task.signing import Signer
from lambdas.process_task.simulation import Simulator
from lambdas.store.circuits import Circuits
from lambdas.store.guarded_call import CircuitOpen
from lambdas.store.payloads import PayloadGone
from lambdas.store.table import TaskTable
from lambdas.telemetry import events, tracing
from lambdas.telemetry.logs import logger
from lambdas.telemetry.tracebacks import traceback_of
from lambdas.work.registry import (
    DEFAULT_RETRY,
    Kind,
    KindUnusable,
    Registry,
    UnknownKind,
    WorkContext,
    no_secrets,
)

# Age of a task's generation up to which a failed probe of a circuit does not count as an attempt, so that an
# outage does not use up the attempts. Later probes count, so that no task waits forever for a dependency that
# never recovers.
PROBES_ARE_FREE_FOR = timedelta(days=1)

# Time that a task waits for an open circuit if the circuit could not be marked, so that release_tasks may not
# look for the tasks that wait for it.
UNMARKED_WAIT_SECONDS = 30

REPLACED = "another attempt has replaced this one"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Makes attempts, and records each outcome before acting on it.

    Attributes:
        table: The task table.
        queue: The task queue.
        dead_letters: The dead-letter queue.
        ordering: Order of the tasks with the same ordering key.
        cancellation: Cancellation of running tasks.
        circuits: Circuit breakers of the dependencies.
        holds: Cache of the circuits that are held open.
        kinds: The kinds of work.
        simulator: Simulator of failures.
        signer: Signer of callback deliveries.
        max_receive_count: Number of receives after which SQS moves a message to the dead-letter queue.
        private_addresses: Whether work may connect to loopback and private networks.
        stage: Name of the stage.
        now: Function that returns the current time.
        random: Function that returns a random number in [0, 1).
        secrets: Function that returns the value of a secret by name.
    """

    table: TaskTable
    queue: TaskQueue
    dead_letters: DeadLetterQueue
    ordering: Ordering
    cancellation: Cancellation
    circuits: Circuits
    holds: KnownHolds
    kinds: Registry
    simulator: Simulator
    signer: Signer
    max_receive_count: int
    private_addresses: bool
    stage: str
    now: Callable[[], datetime]
    random: Callable[[], float]
    secrets: Callable[[str], str] = no_secrets

    def attempt(self, task: Task, received: ReceivedMessage) -> None:
        """Make the attempt for which a task was claimed; when this returns, the message may be deleted.

        Raises:
            AttemptFailed: The attempt failed, and the message must stay on the queue: for the retry, or until
                SQS moves it to the dead-letter queue.
            Redeliver: Another attempt has replaced this one.
            ClientError, BotoCoreError: The table or a queue rejects a request or is unavailable.
        """
        events.attempt_begun(task)
        count = AttemptCount(task, self.now())
        try:
            self._conclude(task, received, count)
        finally:
            count.end()

    def _conclude(self, task: Task, received: ReceivedMessage, count: AttemptCount) -> None:
        try:
            result = self._perform(task, received, count)
        except CircuitOpen as reason:
            failure = None if reason.failure is None else self._error(task, reason.failure)
            with self.cancellation.cancel_if_requested(task, failure):
                self._not_called(task, received, reason, count)
            return
        except Exception as error:  # noqa: BLE001 # work may raise anything; `classify` names it
            count.begin()
            with self.cancellation.cancel_if_requested(task, self._error(task, error)):
                self._failed(task, received, error)
            return
        moved = self.table.succeeded(task, result, at=self.now())
        if not moved.done:
            raise Redeliver(REPLACED)
        events.task_succeeded(task, at=self.now())
        send_delivery(self.ordering.dispatcher, moved)
        self.ordering.pass_turn(moved.task)

    def _perform(self, task: Task, received: ReceivedMessage, count: AttemptCount) -> JsonValue:
        kind = self._kind(task)
        payload = validated(kind, self._payload(task))
        if kind.dependency is None or self.simulator.loses(task):
            count.begin()
        self.simulator.disturb(task, received.remaining_seconds)
        context = WorkContext(
            task_id=task.task_id,
            attempt=task.attempts,
            stage=self.stage,
            idempotency_key=task.idempotency_key,
            correlation_id=task.correlation_id,
            remaining_seconds=received.remaining_seconds,
            may_reach_private_addresses=self.private_addresses,
            secrets=self.secrets,
            # Sign before the call, so that an unreadable secret does not count as a failure of the
            # dependency.
            sign=self.signer.of(task),
            asks_to_stop=CancelWatch(table=self.table, task=task),
        )
        dependency = dependency_of(kind, payload)
        if dependency is None:
            return as_json(perform(kind, payload, context), task.type)
        if self.holds.opens(dependency):
            raise CircuitOpen(dependency, "is held open by hand")

        def call() -> object:
            count.begin()
            with tracing.calling(dependency):
                return perform(kind, payload, context)

        return as_json(self.circuits.call(dependency, call, caller=task.task_id, kind=task.type), task.type)

    def _payload(self, task: Task) -> dict[str, JsonValue]:
        """Return a task's payload.

        Raises:
            InvalidWork: The payload has expired.
            SystemFailure: The payload could not be read, which is worth a retry.
        """
        try:
            return self.table.with_payload(task).payload
        except PayloadGone as error:
            raise InvalidWork(str(error)) from error
        except (ClientError, BotoCoreError) as error:
            raise SystemFailure(f"the payload could not be read: {error}") from error

    def _kind(self, task: Task) -> Kind[Any]:
        try:
            return self.kinds[task.type]
        except KindUnusable as error:
            raise SystemFailure(str(error)) from error.module.error
        except UnknownKind as error:
            raise InvalidWork(str(error)) from error

    def _not_called(
        self, task: Task, received: ReceivedMessage, reason: CircuitOpen, count: AttemptCount
    ) -> None:
        """Park a task whose circuit is open; after too many releases or a late probe, fail the attempt."""
        if task.trips >= MAX_TRIPS:
            count.begin()
            self._failed(
                task, received, SystemFailure(f"released {task.trips} times without an attempt: {reason}")
            )
        elif reason.failure is None or self.now() - task.began_at < PROBES_ARE_FREE_FOR:
            self._park(task, reason, count)
        else:
            self._failed(task, received, reason.failure)

    def _park(self, task: Task, reason: CircuitOpen, count: AttemptCount) -> None:
        """Park a task until its circuit allows another attempt, which costs no attempt in any case."""
        count.give_back()
        release_after: int | None = None
        try:
            self.circuits.note_parked(reason.circuit)
        except (ClientError, BotoCoreError) as error:
            logger.warning("circuit not marked", circuit=reason.circuit, reason=str(error))
            release_after = UNMARKED_WAIT_SECONDS
        if not self.table.park_for_circuit(task, reason.circuit, release_after=release_after, at=self.now()):
            raise Redeliver(REPLACED) from reason
        failure = None if reason.failure is None else classify(reason.failure)
        events.task_parked(task, reason=str(reason), failure=failure)

    def _failed(self, task: Task, received: ReceivedMessage, raised: Exception) -> None:
        """Record a failed attempt, and retry or dead-letter its task."""
        error = self._error(task, raised)
        events.attempt_failed(error)
        if error.retryable:
            delay = self._policy(task, error).next_delay(
                task.attempts,
                maximum_attempts=task.max_attempts,
                retry_after=retry_after(raised, self.now()),
                spread=self.random(),
                rounding=self.random(),
            )
            if delay is not None:
                if self._retry_may_wait_on_queue(received, delay):
                    self._retry(task, received, error, delay)
                    raise AttemptFailed(f"to be retried in {delay} s") from raised
                self._park_until_retry(task, error, delay)
                return
        ended = dead_letter(self.ordering.dispatcher, task, error, at=self.now())
        if error.retryable and received.receive_count >= self.max_receive_count:
            # The message has no receives left, either: SQS moves it to the dead-letter queue at the next one.
            self.queue.try_change_visibility(received.receipt_handle, 0)
            self.ordering.pass_turn(ended)
            raise AttemptFailed("the last attempt failed") from raised
        self.dead_letters.send(task, error)
        self.ordering.pass_turn(ended)

    def _policy(self, task: Task, error: TaskError) -> RetryPolicy:
        """Return the retry policy for an error; the default one if the task's kind is unavailable."""
        try:
            return self.kinds[task.type].policy(error.category)
        except UnknownKind:
            return DEFAULT_RETRY

    def _error(self, task: Task, raised: Exception) -> TaskError:
        """Convert an exception to the error of the attempt, with a traceback unless it was simulated."""
        error = classify(raised)
        if error.simulated:
            return error
        try:
            perform = self.kinds[task.type].perform
        except UnknownKind:
            perform = None
        return error.model_copy(update={"traceback": traceback_of(raised, perform)})

    def _retry_may_wait_on_queue(self, received: ReceivedMessage, delay: int) -> bool:
        """Return whether the message can stay in flight until the retry.

        It cannot if the delay is long, or if the message has no receives left: SQS would move it to the
        dead-letter queue instead of delivering it.
        """
        return delay <= MAX_DELAY_IN_FLIGHT_SECONDS and received.receive_count < self.max_receive_count

    def _park_until_retry(self, task: Task, error: TaskError, delay: int) -> None:
        if not self.table.park_for_retry(task, delay, error=error, at=self.now()).done:
            raise Redeliver(REPLACED)
        events.attempt_retried(task, error, delay_seconds=delay)

    def _retry(self, task: Task, received: ReceivedMessage, error: TaskError, delay: int) -> None:
        if not self.table.retrying(task, error, delay, receipt_handle=received.receipt_handle, at=self.now()):
            raise Redeliver(REPLACED)
        events.attempt_retried(task, error, delay_seconds=delay)
        self.queue.try_change_visibility(received.receipt_handle, delay)
