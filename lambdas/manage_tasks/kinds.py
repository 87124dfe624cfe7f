"""Descriptions of the kinds of work for the API."""

from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.domain.kind_of_work import KindOfWork, Retry
from lambdas.manage_tasks.open_circuit import open_circuit
from lambdas.manage_tasks.pause import pause_of
from lambdas.store.circuit_states import CircuitState
from lambdas.store.holds import Hold
from lambdas.store.waiting_keys import kind_key
from lambdas.work.discovery import first_line
from lambdas.work.registry import Kind


def described(
    kinds: Iterable[Kind[Any]],
    holds: Mapping[str, Hold],
    open_circuits: Mapping[str, list[CircuitState]],
) -> dict[str, Any]:
    """Return the API's description of kinds of work, sorted by name.

    Args:
        kinds: The kinds.
        holds: Current holds by key.
        open_circuits: Circuits that are not closed, by the kind whose tasks opened them.
    """
    return {
        "kinds": [
            _described(kind, holds.get(kind_key(kind.name)), open_circuits.get(kind.name, []))
            for kind in sorted(kinds, key=lambda kind: kind.name)
        ]
    }


def _described(kind: Kind[Any], hold: Hold | None, circuits: list[CircuitState]) -> dict[str, Any]:
    described = KindOfWork(
        name=kind.name,
        payload=_schema(kind),
        retry=Retry.of(kind.retry),
        retry_on={category: Retry.of(policy) for category, policy in kind.retry_on.items()},
        longest_seconds=kind.timeout,
        has_circuits=kind.dependency is not None,
        open_circuits=[open_circuit(each) for each in circuits],
        pause=pause_of(hold),
    )
    body = described.model_dump(mode="json", by_alias=True, exclude_none=True)
    # Nulls are significant in a schema, and must be kept.
    return {**body, "payload": described.payload}


def _schema(kind: Kind[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a kind's payload; if it has none, one that accepts anything and says why."""
    try:
        schema: dict[str, Any] = kind.payload.model_json_schema()
    except Exception as error:  # noqa: BLE001 # a project's type may raise anything
        return {"description": f"The payload has no JSON Schema: {first_line(error)}"}
    return schema
