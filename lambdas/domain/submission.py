"""Submissions: the body of POST /tasks."""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    ValidationInfo,
    field_validator,
)

from lambdas.domain import strict_json
from lambdas.domain.callback import DELIVERY_PREFIX, Callback
from lambdas.domain.errors import Category
from lambdas.domain.serialization import GivenTime, JsonModel, rfc3339

MAX_PAYLOAD_BYTES = 2 * 1024 * 1024
# A client that asks for a later time has most likely confused seconds with milliseconds.
MAX_SCHEDULE_AHEAD = timedelta(days=366)

_NAME = r"^[A-Za-z0-9_.:-]+$"

# Prefix of the ids of records for messages that belong to no task.
UNREADABLE_PREFIX = "message:"
RESERVED_PREFIXES = (UNREADABLE_PREFIX, DELIVERY_PREFIX)

# Clients remove dot segments from a path (RFC 3986, section 5.2.4), so these cannot be ids.
_DOT_SEGMENTS = (".", "..")


def _no_dot_segment(task_id: str) -> str:
    if task_id in _DOT_SEGMENTS:
        raise ValueError("must not be . or .., which no path can end with")
    return task_id


def without_reserved_prefix(id: str) -> str:
    """Return an id given by a client, unless it begins with a prefix of the ids that Faultline makes.

    Raises:
        ValueError: It does; the message names the prefix.
    """
    for prefix in RESERVED_PREFIXES:
        if id.startswith(prefix):
            raise ValueError(f"must not begin with {prefix}")
    return id


TaskId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=_NAME,
        description="Id of the task.",
        examples=["invoice-4711"],
    ),
]
# A key becomes a message group id with a prefix of 4 characters, and SQS allows 128
# (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
OrderingKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=124,
        pattern=_NAME,
        description="Tasks with the same key run strictly in the order of their submission.",
    ),
]


MAX_KIND_NAME_LENGTH = 64
KindName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_KIND_NAME_LENGTH,
        pattern=_NAME,
        description="Name of the kind of work.",
    ),
]


def is_kind_name(name: str) -> bool:
    """Return whether a name has the form of KindName."""
    return len(name) <= MAX_KIND_NAME_LENGTH and re.fullmatch(_NAME, name) is not None


Reference = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        description="An id of the client's own, such as an order number, by which tasks can be found.",
        examples=["order-4711"],
    ),
]
Tag = Annotated[str, Field(min_length=1, max_length=40)]


def _each_once(tags: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if tags is not None and len(set(tags)) < len(tags):
        raise ValueError("must name each tag once")
    return tags


Tags = Annotated[
    tuple[Tag, ...],
    Field(
        max_length=5,
        description="Labels of the client's own, by which tasks can be found.",
        json_schema_extra={"uniqueItems": True},
    ),
    AfterValidator(_each_once),
]

RunAt = Annotated[
    GivenTime, Field(description="Time before which the task is not queued, in RFC 3339 with an offset.")
]

ExpiresAt = Annotated[
    GivenTime,
    Field(
        description="Time by which the first attempt must begin; otherwise the task ends EXPIRED. RFC 3339 "
        "with an offset, later than now and than `runAt`.",
        examples=["2026-02-28T12:00:00Z"],
    ),
]


class Simulation(JsonModel):
    """Simulated, deterministic failure of a task; only in the stages dev and test."""

    failures: Annotated[StrictInt, Field(ge=0, le=1000)] | None = Field(
        default=None,
        description="Number of attempts that fail, from the first one on; all of them if absent.",
    )
    error: Category | None = Field(default=None, description="Category of the error; SYSTEM if absent.")
    crash: StrictBool = Field(
        default=False, description="Whether the process dies instead of raising an error."
    )
    hang: StrictBool = Field(
        default=False, description="Whether the attempt hangs until the timeout instead of raising an error."
    )
    latency_ms: Annotated[StrictInt, Field(ge=0, le=900_000)] = Field(
        default=0, description="Milliseconds by which each attempt is delayed."
    )

    def hits(self, attempt: int) -> bool:
        """Return whether an attempt must fail; attempts are numbered from 1."""
        if self.failures is not None:
            return attempt <= self.failures
        return self.error is not None or self.crash or self.hang


class Submission(JsonModel):
    """A task as a client submits it; the payload is not yet validated against the kind of work."""

    task_id: (
        Annotated[
            TaskId,
            AfterValidator(_no_dot_segment),
            AfterValidator(without_reserved_prefix),
            Field(json_schema_extra={"not": {"pattern": rf"^({'|'.join(RESERVED_PREFIXES)}|\.{{1,2}}$)"}}),
        ]
        | None
    ) = Field(
        default=None,
        description="Id of the task. A submission with an id can be repeated safely. If it is absent, a "
        "UUIDv7 is assigned, and repeating the submission creates another task.",
    )
    type: KindName = "echo"
    payload: dict[str, JsonValue] = Field(description="Input of the work: a JSON object of at most 2 MB.")
    ordering_key: OrderingKey | None = None
    run_at: RunAt | None = None
    expires_at: ExpiresAt | None = None
    reference: Reference | None = None
    tags: Tags | None = None
    callback: Callback | None = Field(default=None, description="URL to notify when the task ends.")
    simulate: Simulation | None = None

    @field_validator("expires_at")
    @classmethod
    def _is_after_its_time(cls, expires_at: datetime | None, info: ValidationInfo) -> datetime | None:
        run_at = info.data.get("run_at")
        if expires_at is not None and run_at is not None and expires_at <= run_at:
            raise ValueError("must be later than runAt")
        return expires_at

    def has_expired(self, at: datetime) -> bool:
        """Return whether the deadline has passed."""
        return self.expires_at is not None and self.expires_at <= at

    def fingerprint(self) -> str:
        """Return a SHA-256 in hex that is equal for submissions that differ only in their task ids."""
        asked: dict[str, Any] = {
            "type": self.type,
            "payload": self.payload,
            "orderingKey": self.ordering_key,
            "simulate": self.simulate and self.simulate.model_dump(mode="json"),
            **({"runAt": rfc3339(self.run_at)} if self.run_at else {}),
            **({"expiresAt": rfc3339(self.expires_at)} if self.expires_at else {}),
            **({"reference": self.reference} if self.reference else {}),
            **({"tags": sorted(self.tags)} if self.tags else {}),
            **({"callback": self.callback.asked()} if self.callback else {}),
        }
        return hashlib.sha256(strict_json.dumps(asked).encode()).hexdigest()
