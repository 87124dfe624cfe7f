"""Batches: up to 100 submissions in one request, under a common id."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from lambdas.domain import strict_json
from lambdas.domain.callback import CallbackUrl, delivery_id
from lambdas.domain.delivery import delivery
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, Timestamp, rfc3339
from lambdas.domain.submission import RESERVED_PREFIXES, without_reserved_prefix
from lambdas.domain.task import Task

MAX_TASKS = 100
MAX_ID_LENGTH = 120
"""Maximum length of a batch's id; its tasks' ids are up to three characters longer, and have at most 128."""

# Clients remove the path segments . and .., so an id must not begin with a dot.
BatchId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_ID_LENGTH,
        pattern=r"^[A-Za-z0-9_:-][A-Za-z0-9_.:-]*$",
        description="Id of the batch.",
        examples=["import-17"],
    ),
]


class BatchCallback(JsonModel):
    """A URL that receives one POST when all tasks of a batch have ended."""

    url: CallbackUrl


class NewBatch(JsonModel):
    """A batch as a client submits it: `{batchId?, tasks, callback?}`."""

    # The ids of a batch's tasks begin with its own.
    batch_id: (
        Annotated[
            BatchId,
            AfterValidator(without_reserved_prefix),
            Field(json_schema_extra={"not": {"pattern": f"^({'|'.join(RESERVED_PREFIXES)})"}}),
        ]
        | None
    ) = Field(
        default=None,
        description="Id of the batch. A batch with an id can be submitted again safely. If it is absent, a "
        "UUIDv7 is assigned, and repeating the submission creates another batch.",
    )
    tasks: Annotated[list[dict[str, JsonValue]], Field(min_length=1, max_length=MAX_TASKS)] = Field(
        description="Submissions in the form of `POST /tasks`, each accepted or refused separately. One "
        "without a `taskId` gets an id from the batch and its position, such as `import-17.0`."
    )

    callback: BatchCallback | None = Field(
        default=None, description="URL to notify once, when all tasks of the batch have ended."
    )

    def fingerprint(self) -> str:
        """Return 64 hex digits that are equal for batches with the same submissions and callback."""
        asked = [self.tasks, *([self.callback.url] if self.callback else [])]
        return hashlib.sha256(strict_json.dumps(asked).encode()).hexdigest()


class BatchState(JsonModel):
    """A batch as the API shows it: `{batchId, total, counts, submittedAt, endedAt?}`."""

    model_config = ConfigDict(validate_by_name=True)

    batch_id: Annotated[str, Field(description="Id of the batch.")]
    total: Annotated[int, Field(description="Number of submissions in the batch.")]
    counts: Annotated[
        dict[Status, int],
        Field(
            description="Number of tasks in each state, without submissions that were refused or are not yet "
            "recorded, and without tasks that have been deleted."
        ),
    ]
    submitted_at: Annotated[Timestamp, Field(description="Time of the first submission.")]
    ended_at: Annotated[
        Timestamp | None, Field(description="Time at which the last task ended; absent until all have.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class Member:
    """A valid submission of a batch.

    Attributes:
        fingerprint: Fingerprint of the submission, which distinguishes its task from another with the same
            id.
    """

    task_id: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch as it is stored.

    Attributes:
        fingerprint: Fingerprint of the batch, which distinguishes a repetition from another batch with the
            same id.
        members: The submissions in order; None in place of an invalid one.
        at: Time of the first submission.
        due_at: Time at which the last of its tasks is due.
        callback_url: URL to notify when all tasks have ended, if any.
        correlation_id: Correlation id of the submission.
    """

    batch_id: str
    fingerprint: str
    members: Sequence[Member | None]
    at: datetime
    due_at: datetime
    callback_url: str | None = None
    correlation_id: str = ""


def named(task: Mapping[str, Any], batch_id: str, position: int) -> dict[str, Any]:
    """Return a submission of a batch with its task id filled in."""
    return {**task, "taskId": task_id_at(batch_id, position)} if task.get("taskId") is None else dict(task)


def delivery_of_batch(state: BatchState, url: str, *, correlation_id: str, at: datetime) -> Task:
    """Create the delivery that reports a batch's end as `{batchId, total, counts, submittedAt, endedAt}`.

    Args:
        state: The batch in its final state.
        url: URL of the callback.
        correlation_id: Correlation id of the batch's submission.
        at: The current time.
    """
    return delivery(
        url,
        # The time keeps the id distinct from that of an expired batch with the same name.
        task_id=delivery_id("batch", state.batch_id, rfc3339(state.submitted_at)),
        body=state.model_dump(mode="json", by_alias=True),
        reference=state.batch_id,
        correlation_id=correlation_id,
        at=at,
    )


def task_id_at(batch_id: str, position: int) -> str:
    """Return the task id of a submission that does not name one."""
    return f"{batch_id}.{position}"
