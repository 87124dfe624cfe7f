"""Callbacks: URLs that are notified when a task ends, and the ids of their deliveries."""

import hashlib
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from lambdas.domain.serialization import JsonModel

DELIVERY_PREFIX = "callback:"
"""Prefix of the task ids of callback deliveries, reserved: clients cannot submit such ids."""

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
    """A URL that receives a POST with the outcome when a task ends."""

    url: CallbackUrl
    on: Annotated[
        tuple[End, ...],
        Field(
            min_length=1,
            max_length=len(ENDS),
            description="Final states to report; all of them if absent.",
            json_schema_extra={"uniqueItems": True},
        ),
        AfterValidator(_each_once),
    ] = ENDS

    def asked(self) -> dict[str, Any]:
        """Return the callback as a plain value, with the states in `on` sorted."""
        return {"url": self.url, "on": sorted(self.on)}


def delivery_id(*what: object) -> str:
    """Return the id of the delivery that reports an event; the same event always has the same id."""
    text = "/".join(map(str, what))
    return DELIVERY_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:32]


def is_delivery(task_id: str) -> bool:
    """Return whether a task is a delivery of a callback."""
    return task_id.startswith(DELIVERY_PREFIX)
