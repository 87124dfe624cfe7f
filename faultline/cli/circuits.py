"""`faultline circuits`: which dependencies are left alone for now, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3

from faultline.cli import display
from faultline.cli.options import Json, Port, Stage
from faultline.operations import target
from infra.deploy.endpoint import endpoint
from infra.errors import StackMissing, aws_errors
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from lambdas.domain.serialization import rfc3339
from lambdas.store.circuits import CAUSES, RECORDS
from lambdas.store.item import marshal, unmarshal
from sandbox.process.lifecycle import DEFAULT_PORT

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def circuits(stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """Show the circuits: which are open, and who opened them. One that never opened is not listed."""
    found = read_circuits(target.find(port).session, stage(stage_name))
    if as_json:
        display.print_json(found)
    else:
        display.out.print(display.circuit_table(found))


def read_circuits(session: boto3.Session, settings: StageSettings) -> list[dict[str, Any]]:
    """`{name, state, openedAt?, openedBy?, category?, type?, message?}` of each circuit, by name.

    What tells of its opening is of the last one, and stays when the circuit has closed again.

    Raises:
        StackMissing: the stage is not deployed.
        AwsUnavailable: AWS cannot be asked.
    """
    client = session.client("dynamodb")
    table = settings.circuit_table_name
    with aws_errors(f"reading {table}"):
        try:
            records = list(_items(client, table, RECORDS))
            causes = {item["name"]: item for item in _items(client, table, CAUSES)}
        except client.exceptions.ResourceNotFoundException as error:
            raise StackMissing(f"{settings.stack_name} is not deployed at {endpoint(session)}") from error
    return [_told(record, causes.get(record["name"], {})) for record in records]


def _items(client: "DynamoDBClient", table: str, id: str) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues=marshal({":id": id}),
        ConsistentRead=True,
    )
    for page in pages:
        yield from (unmarshal(item) for item in page["Items"])


def _told(record: dict[str, Any], cause: dict[str, Any]) -> dict[str, Any]:
    opened_at = record.get("opened_at", cause.get("openedAt"))
    return {
        "name": record["name"],
        "state": record["state"],
        **({} if opened_at is None else {"openedAt": rfc3339(datetime.fromtimestamp(int(opened_at), UTC))}),
        **{key: cause[key] for key in ("openedBy", "category", "type", "message") if key in cause},
    }
