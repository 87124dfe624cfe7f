"""The kinds of work as the API describes them."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue

from lambdas.domain.errors import Category
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.serialization import JsonModel
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
    """A kind of work: `{name, payload, retry, retryOn, longestSeconds, hasCircuits}`."""

    model_config = ConfigDict(validate_by_name=True)

    name: str
    payload: Annotated[dict[str, JsonValue], Field(description="The JSON Schema of a payload.")]
    retry: Retry
    retry_on: Annotated[dict[Category, Retry], Field(description="Other policies, by category of error.")]
    longest_seconds: Annotated[float, Field(description="The longest time that an attempt may take.")]
    has_circuits: Annotated[
        bool, Field(description="Whether tasks are parked while what they depend on keeps failing.")
    ]


class KindList(JsonModel):
    """All kinds of work: `{kinds}`."""

    kinds: list[KindOfWork]


def described(kinds: Iterable[Kind[Any]]) -> KindList:
    """Return kinds of work as the API describes them, by name."""
    return KindList(
        kinds=[
            KindOfWork(
                name=kind.name,
                payload=kind.payload.model_json_schema(),
                retry=Retry.of(kind.retry),
                retry_on={category: Retry.of(policy) for category, policy in kind.retry_on.items()},
                longest_seconds=kind.timeout,
                has_circuits=kind.dependency is not None,
            )
            for kind in sorted(kinds, key=lambda kind: kind.name)
        ]
    )
