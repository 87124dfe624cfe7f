"""The kinds of work as the API describes them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue

from lambdas.domain.errors import Category
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.serialization import JsonModel
from lambdas.manage_tasks.open_circuit import OpenCircuit
from lambdas.manage_tasks.pause import Pause
from lambdas.store.circuit_states import CircuitState
from lambdas.store.holds import Hold
from lambdas.store.waiting_keys import kind_key
from lambdas.work.registry import Kind


class Retry(JsonModel):
    """How often and how soon failed attempts are repeated; intervals are in seconds."""

    model_config = ConfigDict(validate_by_name=True)

    maximum_attempts: int
    initial_interval: float
    maximum_interval: float
    jitter: float

    @classmethod
    def of(cls, policy: RetryPolicy) -> "Retry":
        """Return a policy as the API describes it."""
        return cls(
            maximum_attempts=policy.maximum_attempts,
            initial_interval=policy.initial_interval,
            maximum_interval=policy.maximum_interval,
            jitter=policy.jitter,
        )


class KindOfWork(JsonModel):
    """A kind of work: its contract, and whether it is paused or left alone."""

    model_config = ConfigDict(validate_by_name=True)

    name: str
    payload: Annotated[dict[str, JsonValue], Field(description="The JSON Schema of a payload.")]
    retry: Retry
    retry_on: Annotated[dict[Category, Retry], Field(description="Other policies, by category of error.")]
    longest_seconds: Annotated[float, Field(description="The longest time that an attempt may take.")]
    has_circuits: Annotated[
        bool, Field(description="Whether tasks are parked while what they depend on keeps failing.")
    ]
    open_circuits: Annotated[
        list[OpenCircuit], Field(description="Those that are not closed and that its tasks have opened.")
    ]
    pause: Annotated[Pause | None, Field(description="Absent unless the kind is paused.")] = None


class KindList(JsonModel):
    """All kinds of work: `{kinds}`."""

    kinds: list[KindOfWork]


def described(
    kinds: Iterable[Kind[Any]],
    holds: Mapping[str, Hold],
    open_circuits: Mapping[str, list[CircuitState]],
) -> dict[str, Any]:
    """Return kinds of work as the API describes them, by name.

    Args:
        kinds: The kinds.
        holds: What is held now, by key.
        open_circuits: The circuits that are not closed, by the kind whose tasks opened them.
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
        payload=kind.payload.model_json_schema(),
        retry=Retry.of(kind.retry),
        retry_on={category: Retry.of(policy) for category, policy in kind.retry_on.items()},
        longest_seconds=kind.timeout,
        has_circuits=kind.dependency is not None,
        open_circuits=[OpenCircuit.of(each) for each in circuits],
        pause=Pause.of(hold),
    )
    body = described.model_dump(mode="json", by_alias=True, exclude_none=True)
    # A null in a schema has a meaning.
    return {**body, "payload": described.payload}
