"""Callbacks: where a caller wants to be told of its task's end, and the ids under which that is done."""

import hashlib
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from lambdas.domain.serialization import JsonModel

DELIVERY_PREFIX = "callback:"
"""Deliveries of callbacks are tasks under ids with this prefix, which no client may submit."""

End = Literal["SUCCEEDED", "DEAD_LETTERED", "CANCELLED", "EXPIRED"]
ENDS: tuple[End, ...] = get_args(End)


def _each_once(ends: tuple[End, ...]) -> tuple[End, ...]:
    if len(set(ends)) < len(ends):
        raise ValueError("must name each state once")
    return ends


CallbackUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2048,
        description="An http or https URL; on AWS its host must have public addresses only.",
        examples=["https://api.example.com/hooks/faultline"],
    ),
]


class Callback(JsonModel):
    """A URL that is told how a task ended, by a POST."""

    url: CallbackUrl
    on: Annotated[
        tuple[End, ...],
        Field(
            min_length=1,
            max_length=len(ENDS),
            description="The ends that it is told of; all when absent.",
            json_schema_extra={"uniqueItems": True},
        ),
        AfterValidator(_each_once),
    ] = ENDS

    def asked(self) -> dict[str, Any]:
        """Return what was asked for, the same for the same in another order."""
        return {"url": self.url, "on": sorted(self.on)}


def delivery_id(*what: object) -> str:
    """Return the id of the delivery that tells of something, always the same for the same."""
    text = "/".join(map(str, what))
    return DELIVERY_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:32]


def is_delivery(task_id: str) -> bool:
    """Return whether a task is a delivery of a callback."""
    return task_id.startswith(DELIVERY_PREFIX)
