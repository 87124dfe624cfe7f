"""Amendments: corrected payloads for tasks that have failed."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, JsonValue

from lambdas.domain import strict_json
from lambdas.domain.callback import is_delivery
from lambdas.domain.serialization import STORED, JsonModel


class Amended(JsonModel):
    """Record of an amendment in a task's history: `{formerPayload?}`."""

    model_config = STORED

    former_payload: Annotated[
        str | None,
        Field(
            description="SHA-256 of the replaced payload as compact JSON with sorted keys, in hex. Absent if "
            "that payload had expired."
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """A corrected payload for a task.

    Attributes:
        payload: The new payload.
        former: The payload it replaces; None if that has expired.
    """

    payload: dict[str, JsonValue]
    former: dict[str, JsonValue] | None

    @property
    def note(self) -> Amended:
        """The record of this amendment for the task's history."""
        return Amended(former_payload=None if self.former is None else payload_digest(self.former))


def payload_digest(payload: dict[str, JsonValue]) -> str:
    """Return the SHA-256 of a payload as compact JSON with sorted keys, in hex."""
    return hashlib.sha256(strict_json.dumps(payload).encode()).hexdigest()


def is_amendable(task_id: str) -> bool:
    """Return whether clients may amend a task; they may not amend callback deliveries."""
    return not is_delivery(task_id)
