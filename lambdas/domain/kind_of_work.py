"""Kinds of work, as the API describes them."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from lambdas.domain.errors import Category
from lambdas.domain.open_circuit import OpenCircuit
from lambdas.domain.pause import Pause
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.serialization import JsonModel


class Retry(JsonModel):
    """Retry policy of a kind of work; intervals are in seconds."""

    model_config = ConfigDict(validate_by_name=True)

    maximum_attempts: Annotated[int, Field(description="Number of attempts, including the first.")]
    initial_interval: Annotated[
        float, Field(description="Nominal delay after the first attempt; it doubles with each further one.")
    ]
    maximum_interval: Annotated[
        float, Field(description="Upper bound of the nominal delay, even if a Retry-After asks for more.")
    ]
    jitter: Annotated[float, Field(description="Fraction of the nominal delay that may be added at random.")]

    @classmethod
    def of(cls, policy: RetryPolicy) -> "Retry":
        """Convert a policy to its form in the API."""
        return cls(
            maximum_attempts=policy.maximum_attempts,
            initial_interval=policy.initial_interval,
            maximum_interval=policy.maximum_interval,
            jitter=policy.jitter,
        )


class KindOfWork(JsonModel):
    """A kind of work: its payload schema, retry policies, circuits and pause."""

    model_config = ConfigDict(validate_by_name=True)

    name: Annotated[str, Field(description="Name of the kind, which is the `type` of its tasks.")]
    payload: Annotated[dict[str, JsonValue], Field(description="JSON Schema of the payload.")]
    retry: Annotated[Retry, Field(description="Default retry policy.")]
    retry_on: Annotated[
        dict[Category, Retry], Field(description="Retry policies for particular error categories.")
    ]
    longest_seconds: Annotated[float, Field(description="Maximum duration of an attempt in seconds.")]
    has_circuits: Annotated[
        bool, Field(description="Whether tasks are parked while their dependency keeps failing.")
    ]
    open_circuits: Annotated[
        list[OpenCircuit],
        Field(description="Circuits that tasks of this kind have opened and that are not closed."),
    ]
    pause: Annotated[Pause | None, Field(description="Absent unless the kind is paused.")] = None


class KindList(JsonModel):
    """All kinds of work: `{kinds}`."""

    kinds: Annotated[list[KindOfWork], Field(description="The kinds, sorted by name.")]
