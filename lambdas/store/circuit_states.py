"""Reading which circuits there are, and which of them are not closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.circuit_records import RECORDS

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class CircuitState:
    """A circuit that is not closed.

    Attributes:
        name: Of the dependency.
        state: OPEN or HALF_OPEN.
        opened_at: When it opened, if that is known.
    """

    name: str
    state: str
    opened_at: datetime | None


def circuit_records(client: "DynamoDBClient", table_name: str, id: str) -> Iterator[dict[str, Any]]:
    """Yield the records of the circuits' table under an id, by the name of the dependency.

    Raises:
        ClientError, BotoCoreError: The table refuses or is away.
    """
    pages = client.get_paginator("query").paginate(
        TableName=table_name,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues=marshal({":id": id}),
        ConsistentRead=True,
    )
    for page in pages:
        yield from (unmarshal(item) for item in page["Items"])


def open_circuits(client: "DynamoDBClient", table_name: str) -> Iterator[CircuitState]:
    """Yield the circuits that are not closed, by name.

    Raises:
        ClientError, BotoCoreError: The table refuses or is away.
    """
    for record in circuit_records(client, table_name, RECORDS):
        if record["state"] != "CLOSED":
            opened_at = record.get("opened_at")
            yield CircuitState(
                name=record["name"],
                state=record["state"],
                opened_at=None if opened_at is None else datetime.fromtimestamp(int(opened_at), UTC),
            )
