"""Kinds of work, as the API describes them."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from lambdas.domain.errors import Category
from lambdas.domain.open_circuit import OpenCircuit
from lambdas.domain.pause import Pause
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.serialization import JsonModel


class Retry(JsonModel):
    """How often and how soon failed attempts are repeated; intervals are in seconds."""

    model_config = ConfigDict(validate_by_name=True)

    maximum_attempts: Annotated[int, Field(description="The first one included.")]
    initial_interval: Annotated[
        float, Field(description="After the first attempt; it doubles with each further one.")
    ]
    maximum_interval: Annotated[
        float, Field(description="The longest, also when a Retry-After asks for more.")
    ]
    jitter: Annotated[float, Field(description="By which fraction of itself an interval may be longer.")]

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

    name: Annotated[str, Field(description="The `type` of its tasks.")]
    payload: Annotated[dict[str, JsonValue], Field(description="The JSON Schema of a payload.")]
    retry: Annotated[Retry, Field(description="Its retry policy.")]
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

    kinds: Annotated[list[KindOfWork], Field(description="By name.")]
