"""Reading the state of circuits from their table."""

from datetime import UTC, datetime
from typing import Any

import boto3

from infra.deploy.endpoint import endpoint
from infra.errors import StackMissing, aws_errors
from infra.stages import StageSettings
from lambdas.domain.serialization import rfc3339
from lambdas.store.circuit_records import CAUSES, RECORDS
from lambdas.store.circuit_states import circuit_records

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
            records = list(circuit_records(client, table, RECORDS))
            causes = {item["name"]: item for item in circuit_records(client, table, CAUSES)}
        except client.exceptions.ResourceNotFoundException as error:
            raise StackMissing(f"{settings.stack_name} is not deployed at {endpoint(session)}") from error
    return [_circuit(record, causes.get(record["name"], {})) for record in records]


def _circuit(record: dict[str, Any], cause: dict[str, Any]) -> dict[str, Any]:
    opened_at = record.get("opened_at", cause.get("openedAt"))
    return {
        "name": record["name"],
        "state": record["state"],
        **({} if opened_at is None else {"openedAt": rfc3339(datetime.fromtimestamp(int(opened_at), UTC))}),
        **{key: cause[key] for key in _SHOWN_OF_CAUSE if key in cause},
    }
