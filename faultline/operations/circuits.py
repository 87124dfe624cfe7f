"""Operations on circuits: reading their states, holding circuits open, and closing them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3

from faultline.operations import audit
from infra.deploy.endpoint import endpoint
from infra.errors import StackMissing, aws_errors
from infra.stages import StageSettings
from lambdas.domain.requester import Requester
from lambdas.domain.serialization import rfc3339
from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.circuit_records import CAUSES, RECORDS
from lambdas.store.circuit_states import circuit_records
from lambdas.store.holds import Hold, Holds
from lambdas.store.waiting_keys import CIRCUIT, circuit_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SHOWN_OF_CAUSE = ("openedBy", "category", "type", "message")


def read_circuits(session: boto3.Session, settings: StageSettings) -> list[dict[str, Any]]:
    """Read all circuits that have opened at least once, or are held open by hand.

    Returns:
        `{name, state, openedAt?, openedBy?, category?, type?, message?}` for each circuit, sorted by name.
        The fields after `state` describe the last time it opened, and remain after it has closed. A
        circuit that is held open has the fields `{name, state, openedAt, byHand, reason?}`.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached.
    """
    table = settings.circuit_table_name
    with _client(session, settings, f"reading {table}") as client:
        records = {item["name"]: item for item in circuit_records(client, table, RECORDS)}
        causes = {item["name"]: item for item in circuit_records(client, table, CAUSES)}
        current = Holds(client, table).current().values()
    held = {hold.key.removeprefix(CIRCUIT): hold for hold in current if hold.kind is None}
    return [
        _held(name, held[name]) if name in held else _circuit(records[name], causes.get(name, {}))
        for name in sorted(records.keys() | held.keys())
    ]


def hold_open(session: boto3.Session, settings: StageSettings, name: str, reason: str | None) -> None:
    """Hold a circuit open until `close_circuit` closes it.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached or rejects the call.
    """
    with _client(session, settings, f"opening the circuit of {name}") as client:
        holds = Holds(client, settings.circuit_table_name)
        by = Requester(principal=session.client("sts").get_caller_identity()["Arn"])
        holds.begin(circuit_key(name), reason=reason, by=by, at=datetime.now(UTC))
    audit.note(session, settings, "circuit held open", circuit=name, reason=reason or "")


def close_circuit(session: boto3.Session, settings: StageSettings, name: str) -> bool:
    """Close a circuit, whether it is held open or was opened by failures; return False if it was not open.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached or rejects the call.
    """
    with _client(session, settings, f"closing the circuit of {name}") as client:
        table = settings.circuit_table_name
        key = marshal({"id": RECORDS, "name": name})
        record = client.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD").get("Attributes", {})
        was_open = unmarshal(record).get("state", "CLOSED") != "CLOSED"
        was_held = Holds(client, table).lift(circuit_key(name), at=datetime.now(UTC))
    if not (was_open or was_held):
        return False
    audit.note(session, settings, "circuit closed", circuit=name)
    return True


@contextmanager
def _client(session: boto3.Session, settings: StageSettings, what: str) -> Iterator["DynamoDBClient"]:
    """Context manager that provides a DynamoDB client, and converts the errors of the block."""
    client = session.client("dynamodb")
    with aws_errors(what):
        try:
            yield client
        except client.exceptions.ResourceNotFoundException as error:
            raise StackMissing(f"{settings.stack_name} is not deployed at {endpoint(session)}") from error


def _held(name: str, hold: Hold) -> dict[str, Any]:
    since = {} if hold.since is None else {"openedAt": rfc3339(hold.since)}
    why = {} if hold.reason is None else {"reason": hold.reason}
    return {"name": name, "state": "OPEN", **since, "byHand": True, **why}


def _circuit(record: dict[str, Any], cause: dict[str, Any]) -> dict[str, Any]:
    opened_at = record.get("opened_at", cause.get("openedAt"))
    return {
        "name": record["name"],
        "state": record["state"],
        **({} if opened_at is None else {"openedAt": rfc3339(datetime.fromtimestamp(int(opened_at), UTC))}),
        **{key: cause[key] for key in _SHOWN_OF_CAUSE if key in cause},
    }
