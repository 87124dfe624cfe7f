"""Circuit breakers: a dependency that keeps failing is left alone for a while.

Powertools' circuit breaker decides; its records are in the circuits' table under the id `circuit`, by name
(https://docs.aws.amazon.com/powertools/python/latest/utilities/circuit_breaker/). Beside them stand, under
`cause`, who opened a circuit and why, and under `parked`, that tasks wait for it.

Powertools counts failures in each execution environment by itself, so that healthy calls write nothing: a
circuit opens after `failure_threshold` failures in a row as one environment sees them.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitState,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.exceptions import CircuitBreakerOpenError
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.errors import Category, TaskError, classify
from lambdas.store.item import marshal, unmarshal
from lambdas.telemetry.logs import logger
from lambdas.telemetry.metrics import Metric, count

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

RECORDS, CAUSES, PARKED = "circuit", "cause", "parked"

# What says that a dependency is ill. One that refuses (VALIDATION), or asks to be left alone for a while
# (RATE_LIMIT), answers; UNKNOWN is rather our own mistake.
UNHEALTHY = frozenset({Category.NETWORK, Category.SYSTEM})

# An environment that does not call a dependency itself learns within this time that its circuit has opened.
CACHE_SECONDS = 1
# How often an environment repeats that tasks are parked, and after how much longer the note may go.
NOTE_EVERY_SECONDS = 10
NOTE_LASTS_SECONDS = 120


class CircuitOpen(Exception):
    """The dependency is left alone for now: it was not called, or only to see whether it is back."""

    def __init__(self, circuit: str, reason: str, failure: Exception | None = None) -> None:
        super().__init__(f"the circuit of {circuit} {reason}")
        self.circuit = circuit
        self.failure = failure  # of the one call that was to show whether it is back; None when none was made


class Permit(Enum):
    """How many of the tasks that wait for a circuit may go."""

    NONE = "NONE"
    ONE = "ONE"
    ALL = "ALL"


@dataclass(frozen=True, kw_only=True)
class _Answered:
    """What came of a call that the dependency has answered: a result, or an error."""

    result: object = None
    error: Exception | None = None


class _Ill(Exception):
    """The call failed in a way that counts against the dependency; the failure is its cause."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Circuits:
    """The circuits of all dependencies.

    Args:
        client: with short timeouts: each call of a dependency asks for its circuit first. When the table is
            away, circuits count as closed.
        failure_threshold: failures in a row that open a circuit.
        recovery_seconds: how long an open circuit stays so before one call is let through.
    """

    def __init__(
        self, client: "DynamoDBClient", table_name: str, *, failure_threshold: int, recovery_seconds: int
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._recovery_seconds = recovery_seconds
        self._config = CircuitBreakerConfig(
            failure_threshold=failure_threshold,
            recovery_timeout=recovery_seconds,
            success_threshold=1,
            handled_exceptions=_Ill,
            local_cache_max_age=CACHE_SECONDS,
        )
        self._store = CircuitBreakerDynamoDBPersistence(
            table_name,
            key_attr="id",
            static_pk_value=RECORDS,
            sort_key_attr="name",
            boto3_client=client,
        )
        self._noted: dict[str, float] = {}

    def call[T](self, name: str, perform: Callable[[], T], *, caller: str) -> T:
        """Call a dependency, unless its circuit is open.

        Args:
            caller: who calls, for the record of who opened the circuit.

        Raises:
            CircuitOpen: it was not called, or has failed again in the one call that was to show whether it
                is back: that one must not cost its caller an attempt, or a long outage would end, call by
                call, all who wait for it to be over.
            Exception: whatever `perform` raises.
        """
        failure: list[Exception] = []
        reopened = False

        def protected() -> _Answered:
            try:
                return _Answered(result=perform())
            except Exception as error:
                if classify(error).category not in UNHEALTHY:
                    return _Answered(error=error)
                failure.append(error)
                raise _Ill(error) from error

        def changed(transition: CircuitTransition) -> None:
            nonlocal reopened
            reopened = (transition.from_state, transition.to_state) == (
                CircuitState.HALF_OPEN,
                CircuitState.OPEN,
            )
            logger.warning(
                "circuit changed",
                circuit=name,
                was=transition.from_state.value,
                now=transition.to_state.value,
            )
            count({Metric.CIRCUIT_STATE_CHANGES: 1}, State=transition.to_state.value)
            if transition.from_state is CircuitState.CLOSED and failure:
                self._note_cause(transition, caller, classify(failure[0]))

        guarded = circuit_breaker(name, self._store, on_transition=changed, config=self._config)(protected)
        try:
            answered: _Answered = guarded()
        except _Ill as ill:
            if reopened:
                raise CircuitOpen(name, f"stays open: {ill.failure}", ill.failure) from ill.failure
            raise ill.failure from ill.failure.__cause__
        except CircuitBreakerOpenError as error:
            raise CircuitOpen(name, "is open") from error
        except (ClientError, BotoCoreError) as error:
            # Those of the call itself are in `answered` or Ill: it was the election of who probes.
            raise CircuitOpen(name, f"could not be asked: {error}") from error
        if answered.error is not None:
            raise answered.error
        return answered.result  # type: ignore[return-value] # as `perform` returned it

    def note_parked(self, name: str) -> None:
        """Note that tasks wait for a circuit, before one is parked."""
        if time.monotonic() - self._noted.get(name, -NOTE_EVERY_SECONDS) < NOTE_EVERY_SECONDS:
            return
        self._client.update_item(
            TableName=self._table_name,
            Key=marshal({"id": PARKED, "name": name}),
            UpdateExpression="SET lastParkedAt = :now",
            ExpressionAttributeValues=marshal({":now": int(time.time())}),
        )
        self._noted[name] = time.monotonic()

    def with_parked(self) -> Iterator[str]:
        """The circuits that tasks wait for, or have waited for lately."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues=marshal({":id": PARKED}),
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                yield unmarshal(item)["name"]

    def forget_parked(self, name: str) -> None:
        """No task waits for the circuit; who has noted one lately is heeded."""
        try:
            self._client.delete_item(
                TableName=self._table_name,
                Key=marshal({"id": PARKED, "name": name}),
                ConditionExpression="lastParkedAt < :long_ago",
                ExpressionAttributeValues=marshal({":long_ago": int(time.time()) - NOTE_LASTS_SECONDS}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def permit(self, name: str) -> Permit:
        """How many of the tasks that wait for a circuit may go now.

        Raises:
            ClientError, BotoCoreError: the table refuses or is away.
        """
        found = self._client.get_item(
            TableName=self._table_name, Key=marshal({"id": RECORDS, "name": name}), ConsistentRead=True
        )
        record = unmarshal(found["Item"]) if "Item" in found else {}
        now = time.time()
        match record.get("state"):
            case CircuitState.OPEN:
                return Permit.ONE if now >= record["opened_at"] + self._recovery_seconds else Permit.NONE
            case CircuitState.HALF_OPEN:
                return Permit.ONE if now >= record.get("probe_lease_expiry", 0) else Permit.NONE
            case _:
                return Permit.ALL

    def _note_cause(self, transition: CircuitTransition, caller: str, error: TaskError) -> None:
        self._client.put_item(
            TableName=self._table_name,
            Item=marshal(
                {
                    "id": CAUSES,
                    "name": transition.circuit_name,
                    "openedAt": transition.opened_at,
                    "openedBy": caller,
                    "category": error.category,
                    "type": error.type,
                    "message": error.message,
                }
            ),
        )
