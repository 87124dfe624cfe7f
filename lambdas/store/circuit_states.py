"""States of circuits: queries, and the change to half open."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.circuit_records import CAUSES, RECORDS
from lambdas.store.holds import Hold
from lambdas.store.waiting_keys import CIRCUIT

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class CircuitState:
    """A circuit that is not closed.

    Attributes:
        name: Name of the dependency.
        state: OPEN or HALF_OPEN.
        opened_at: Time at which it opened, if known.
        by_hand: Whether an operator holds it open.
        reason: Reason that the operator gave, if any.
    """

    name: str
    state: str
    opened_at: datetime | None
    by_hand: bool = False
    reason: str | None = None


def circuit_records(client: "DynamoDBClient", table_name: str, id: str) -> Iterator[dict[str, Any]]:
    """Yield the records of the circuits' table with a given id, sorted by name.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    pages = client.get_paginator("query").paginate(
        TableName=table_name,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues=marshal({":id": id}),
        ConsistentRead=True,
    )
    for page in pages:
        yield from (unmarshal(item) for item in page["Items"])


def open_circuits(
    client: "DynamoDBClient", table_name: str, holds: Mapping[str, Hold]
) -> Iterator[CircuitState]:
    """Yield the circuits that are not closed: first those held open by an operator, then the others by name.

    Args:
        client: DynamoDB client.
        table_name: Name of the circuits' table.
        holds: Current holds by key.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    held = {key.removeprefix(CIRCUIT): hold for key, hold in holds.items() if hold.kind is None}
    for name, hold in held.items():
        yield CircuitState(name=name, state="OPEN", opened_at=hold.since, by_hand=True, reason=hold.reason)
    for record in circuit_records(client, table_name, RECORDS):
        if record["state"] != "CLOSED" and record["name"] not in held:
            opened_at = record.get("opened_at")
            yield CircuitState(
                name=record["name"],
                state=record["state"],
                opened_at=None if opened_at is None else datetime.fromtimestamp(int(opened_at), UTC),
            )


def kinds_of_circuits(client: "DynamoDBClient", table_name: str) -> dict[str, str]:
    """Return the kind of the task that last opened each circuit, by circuit name, where known.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    causes = circuit_records(client, table_name, CAUSES)
    return {cause["name"]: cause["kind"] for cause in causes if "kind" in cause}


def half_open(client: "DynamoDBClient", table_name: str, circuit: str) -> None:
    """Make an open circuit half open now, before its recovery time has passed.

    The next caller becomes the probe: Powertools lets it take over a half-open circuit with an expired probe
    lease. A circuit that is closed or already being probed is left unchanged.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    try:
        client.update_item(
            TableName=table_name,
            Key=marshal({"id": RECORDS, "name": circuit}),
            UpdateExpression="SET #state = :half_open, probe_lease_expiry = :now",
            ConditionExpression="#state = :open",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=marshal(
                {":half_open": "HALF_OPEN", ":open": "OPEN", ":now": int(time.time())}
            ),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return
