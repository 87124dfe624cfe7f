"""Batches: up to 100 submissions in one request, under a common id."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue

from lambdas.domain import strict_json
from lambdas.domain.callback import CallbackUrl, delivery_id
from lambdas.domain.delivery import delivery
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, Timestamp, rfc3339
from lambdas.domain.task import Task

MAX_TASKS = 100

# The id of a batch's task has up to four characters more, and at most 128. No path may end with . or ..
BatchId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=120,
        pattern=r"^[A-Za-z0-9_:-][A-Za-z0-9_.:-]*$",
        description="Names the batch, and makes its submission repeatable.",
        examples=["import-17"],
    ),
]


class BatchCallback(JsonModel):
    """A URL that is told once that all tasks of a batch have ended, by a POST."""

    url: CallbackUrl


class NewBatch(JsonModel):
    """A batch as a client submits it: `{batchId?, tasks, callback?}`."""

    batch_id: BatchId | None = Field(
        default=None, description="Names the batch; a UUIDv7 when absent, and then not repeatable."
    )
    tasks: Annotated[list[dict[str, JsonValue]], Field(min_length=1, max_length=MAX_TASKS)] = Field(
        description="Submissions, each as `POST /tasks` takes it, and each judged by itself. One without a "
        "`taskId` is named after the batch and its position, such as `import-17.0`."
    )

    callback: BatchCallback | None = Field(
        default=None, description="Is told once when the last of its tasks has ended."
    )

    def fingerprint(self) -> str:
        """Return 64 hex digits that are equal for batches with the same submissions and callback."""
        asked = [self.tasks, *([self.callback.url] if self.callback else [])]
        return hashlib.sha256(strict_json.dumps(asked).encode()).hexdigest()


class BatchState(JsonModel):
    """A batch as the API shows it: `{batchId, total, counts, submittedAt, endedAt?}`."""

    model_config = ConfigDict(validate_by_name=True)

    batch_id: Annotated[str, Field(description="The batch.")]
    total: Annotated[int, Field(description="How many submissions it had.")]
    counts: Annotated[
        dict[Status, int],
        Field(
            description="Its tasks by state. Those that are missing were refused, or are yet to be recorded."
        ),
    ]
    submitted_at: Annotated[Timestamp, Field(description="When it was submitted first.")]
    ended_at: Annotated[
        Timestamp | None, Field(description="When the last of its tasks ended, if all have.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class Member:
    """A valid submission of a batch.

    Attributes:
        fingerprint: Fingerprint of the submission; tells its task from a different one with the same id.
    """

    task_id: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch as it is recorded.

    Attributes:
        fingerprint: Tells a repetition from a different batch with the same id.
        members: The submissions by position; None for one that was invalid.
        at: When it was first submitted.
        due_at: When the last of its tasks is due.
        callback_url: Notified when all of its tasks have ended.
        correlation_id: Correlation id of its submission.
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
    """Create the task that reports the end of a batch: `{batchId, total, counts, submittedAt, endedAt}`.

    Args:
        state: The batch in its final state.
        url: Its callback.
        correlation_id: Correlation id of its submission.
        at: The current time.
    """
    return delivery(
        url,
        # An expired record may have had the same id.
        task_id=delivery_id("batch", state.batch_id, rfc3339(state.submitted_at)),
        body=state.model_dump(mode="json", by_alias=True),
        reference=state.batch_id,
        correlation_id=correlation_id,
        at=at,
    )


def task_id_at(batch_id: str, position: int) -> str:
    """Return the task id of a submission that does not name one."""
    return f"{batch_id}.{position}"
