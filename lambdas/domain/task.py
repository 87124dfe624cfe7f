"""A task: what was asked for, where it stands, and how it came there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from lambdas.domain.errors import LOST_ATTEMPT, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import UNREADABLE_PREFIX, Simulation, Submission
from lambdas.domain.wire import STORED, Timestamp, WireModel


class HistoryEntry(WireModel):
    """One step of a task's life: `{at, status, attempt?, error?, retryDelaySeconds?}`."""

    model_config = STORED

    at: Timestamp
    status: Status
    attempt: int | None = None
    error: TaskError | None = None
    retry_delay_seconds: int | None = None


class Task(WireModel):
    """A task as the API returns it."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: str
    type: str
    status: Status
    attempts: int
    max_attempts: int
    generation: Annotated[int, Field(description="0 at first; a redrive adds 1.")]
    payload: dict[str, JsonValue]
    result: JsonValue = None
    error: TaskError | None = None
    history: list[HistoryEntry]
    ordering_key: str | None = None
    correlation_id: str
    submitted_at: Timestamp
    updated_at: Timestamp
    simulate: Annotated[Simulation | None, Field(exclude=True)] = None

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of a generation: whoever sees it twice may do nothing."""
        return f"{self.task_id}:{self.generation}"


def accepted(
    submission: Submission, *, task_id: str, max_attempts: int, correlation_id: str, at: datetime
) -> Task:
    """The task that a submission becomes: PENDING, no attempt made."""
    return Task(
        task_id=task_id,
        type=submission.type,
        status=Status.PENDING,
        attempts=0,
        max_attempts=max_attempts,
        generation=0,
        payload=submission.payload,
        history=[HistoryEntry(at=at, status=Status.PENDING)],
        ordering_key=submission.ordering_key,
        correlation_id=correlation_id,
        submitted_at=at,
        updated_at=at,
        simulate=submission.simulate,
    )


def unreadable(body: str, *, message_id: str, error: TaskError, at: datetime) -> Task:
    """The record of a message that is no task, so that it is not lost: dead-lettered from the start."""
    return Task(
        task_id=f"{UNREADABLE_PREFIX}{message_id}",
        type="unreadable",
        status=Status.DEAD_LETTERED,
        attempts=0,
        max_attempts=0,
        generation=0,
        payload={"body": body},
        error=error,
        history=[HistoryEntry(at=at, status=Status.DEAD_LETTERED, error=error)],
        correlation_id=message_id,
        submitted_at=at,
        updated_at=at,
    )


def with_attempts(entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """Number the attempts in a history as stored, and show the lost ones.

    A claim cannot write its own attempt's number, since one conditional write both adds to the
    history and counts; the numbers follow from the order of the entries. An attempt that is followed
    by another PROCESSING never reported back: it was lost. (So was one that ends in a DEAD_LETTERED
    with LOST_ATTEMPT; there the last entry tells.)
    """
    numbered: list[HistoryEntry] = []
    attempt = 0
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        changes: dict[str, object] = {}
        if entry.status is Status.PROCESSING:
            attempt += 1
            if following is not None and following.status is Status.PROCESSING:
                changes["error"] = LOST_ATTEMPT
        elif entry.status in (Status.PENDING, Status.QUEUED):
            attempt = 0
        if attempt:
            changes["attempt"] = attempt
        numbered.append(entry.model_copy(update=changes))
    return numbered
