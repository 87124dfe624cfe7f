"""Amendments: corrected payloads that replace the ones with which tasks have failed."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, JsonValue

from lambdas.domain import strict_json
from lambdas.domain.callback import is_delivery
from lambdas.domain.serialization import STORED, JsonModel


class Amended(JsonModel):
    """What the history keeps of the payload that was replaced: `{formerPayload?}`."""

    model_config = STORED

    former_payload: Annotated[
        str | None,
        Field(
            description="SHA-256 of the former payload as compact JSON with sorted keys, in hex. Absent when "
            "it had expired."
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """A corrected payload for a task.

    Attributes:
        payload: The new payload.
        former: The payload that it replaces; None if that has expired.
    """

    payload: dict[str, JsonValue]
    former: dict[str, JsonValue] | None

    @property
    def note(self) -> Amended:
        """The record of the amendment in the history."""
        return Amended(former_payload=None if self.former is None else payload_digest(self.former))


def payload_digest(payload: dict[str, JsonValue]) -> str:
    """Return the SHA-256 of a payload as compact JSON with sorted keys, in hex."""
    return hashlib.sha256(strict_json.dumps(payload).encode()).hexdigest()


def is_amendable(task_id: str) -> bool:
    """Return whether a client may replace a task's payload; not that of a callback's delivery."""
    return not is_delivery(task_id)
