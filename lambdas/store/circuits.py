"""Circuit breakers of the dependencies, shared by all functions through a table.

Powertools decides when a circuit opens and closes
(https://docs.aws.amazon.com/powertools/python/latest/utilities/circuit_breaker/). Its records have the id
`circuit` in the circuits' table, and the name of the dependency. Next to them, records with the id `cause`
name the task and the error that opened a circuit, and records with the id `parked` mark the circuits for
which tasks are parked.

Each execution environment counts its own failures, so that successful calls write nothing: a circuit opens
after `failure_threshold` consecutive failures in one environment.
"""

import time
from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitState,
    CircuitTransition,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from lambdas.domain.errors import TaskError
from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.circuit_records import CAUSES, PARKED, RECORDS
from lambdas.store.guarded_call import CircuitFailure, GuardedCall
from lambdas.store.parked_marks import LASTS_SECONDS, NotedMarks, RestingMarks

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Time in seconds that an environment caches a circuit's state.
CACHE_SECONDS = 1


class Permit(Enum):
    """Number of waiting tasks that may be released for a circuit."""

    NONE = "NONE"
    ONE = "ONE"
    ALL = "ALL"


class Circuits:
    """Circuit breakers for all dependencies.

    If a circuit's state cannot be read, calls go ahead as if it were closed.

    Args:
        client: DynamoDB client with short timeouts, since reading a circuit delays the call to the
            dependency.
        table_name: Name of the circuits' table.
        failure_threshold: Consecutive failures in one execution environment that open a circuit.
        recovery_seconds: Seconds that a circuit stays open before a call may probe the dependency.
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
            handled_exceptions=CircuitFailure,
            local_cache_max_age=CACHE_SECONDS,
        )
        self._store = CircuitBreakerDynamoDBPersistence(
            table_name,
            key_attr="id",
            static_pk_value=RECORDS,
            sort_key_attr="name",
            boto3_client=client,
        )
        self._noted = NotedMarks()
        self._resting = RestingMarks()

    def call[T](self, name: str, perform: Callable[[], T], *, caller: str, kind: str) -> T:
        """Call a dependency, unless its circuit is open.

        Args:
            name: Name of the dependency.
            perform: Function that makes the call.
            caller: Id of the calling task, which is recorded if the call opens the circuit.
            kind: Kind of the calling task, recorded together with the id.

        Raises:
            CircuitOpen: See `GuardedCall.run`.
            Exception: Any exception raised by `perform`.
        """
        guarded = GuardedCall(name, perform, note_opened=partial(self._note_cause, caller, kind))
        return guarded.run(self._store, self._config)

    def note_parked(self, name: str) -> None:
        """Mark a circuit as having parked tasks; call this before parking a task."""
        if self._noted.is_recent(name):
            return
        now = time.time()
        self._client.update_item(
            TableName=self._table_name,
            Key=marshal({"id": PARKED, "name": name}),
            UpdateExpression="SET lastParkedAt = :now",
            ExpressionAttributeValues=marshal({":now": int(now)}),
        )
        self._noted.noted(name, now)

    def with_parked(self) -> Iterator[str]:
        """Yield the names of the circuits that tasks wait for, or waited for recently.

        A circuit that has had no parked tasks for a while (`forget_parked`) is yielded only every
        LOOK_EVERY_SECONDS (`parked_marks`).
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues=marshal({":id": PARKED}),
            ConsistentRead=True,
        )
        for page in pages:
            for mark in map(unmarshal, page["Items"]):
                if not self._resting.rests(mark["name"], mark["lastParkedAt"]):
                    yield mark["name"]

    def forget_parked(self, name: str) -> None:
        """Delete the mark of a circuit without parked tasks, unless it was renewed recently."""
        self._resting.found_none(name)
        try:
            self._client.delete_item(
                TableName=self._table_name,
                Key=marshal({"id": PARKED, "name": name}),
                ConditionExpression="lastParkedAt < :long_ago",
                ExpressionAttributeValues=marshal({":long_ago": int(time.time()) - LASTS_SECONDS}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def permit(self, name: str) -> Permit:
        """Return how many of the tasks that wait for a circuit may be released now.

        Raises:
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
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

    def _note_cause(self, caller: str, kind: str, transition: CircuitTransition, error: TaskError) -> None:
        self._client.put_item(
            TableName=self._table_name,
            Item=marshal(
                {
                    "id": CAUSES,
                    "name": transition.circuit_name,
                    "openedAt": transition.opened_at,
                    "openedBy": caller,
                    "kind": kind,
                    "category": error.category,
                    "type": error.type,
                    "message": error.message,
                }
            ),
        )
