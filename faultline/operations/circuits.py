"""Reading the state of circuits from their table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3

from infra.deploy.endpoint import endpoint
from infra.errors import StackMissing, aws_errors
from infra.stages import StageSettings
from lambdas.domain.serialization import rfc3339
from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.circuit_records import CAUSES, RECORDS

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SHOWN_OF_CAUSE = ("openedBy", "category", "type", "message")


def read_circuits(session: boto3.Session, settings: StageSettings) -> list[dict[str, Any]]:
    """Read every circuit that has opened at least once.

    Returns:
        `{name, state, openedAt?, openedBy?, category?, type?, message?}` of each circuit, sorted by name.
        All but the first two describe the last time that it opened, and remain after it has closed.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached.
    """
    client = session.client("dynamodb")
    table = settings.circuit_table_name
    with aws_errors(f"reading {table}"):
        try:
            records = list(_items(client, table, RECORDS))
            causes = {item["name"]: item for item in _items(client, table, CAUSES)}
        except client.exceptions.ResourceNotFoundException as error:
            raise StackMissing(f"{settings.stack_name} is not deployed at {endpoint(session)}") from error
    return [_circuit(record, causes.get(record["name"], {})) for record in records]


def _items(client: "DynamoDBClient", table: str, id: str) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues=marshal({":id": id}),
        ConsistentRead=True,
    )
    for page in pages:
        yield from (unmarshal(item) for item in page["Items"])


def _circuit(record: dict[str, Any], cause: dict[str, Any]) -> dict[str, Any]:
    opened_at = record.get("opened_at", cause.get("openedAt"))
    return {
        "name": record["name"],
        "state": record["state"],
        **({} if opened_at is None else {"openedAt": rfc3339(datetime.fromtimestamp(int(opened_at), UTC))}),
        **{key: cause[key] for key in _SHOWN_OF_CAUSE if key in cause},
    }
