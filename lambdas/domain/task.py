"""Tasks: the submission, the current state, and the history."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from lambdas.domain.analysis import Analysis, analysis
from lambdas.domain.callback import Callback
from lambdas.domain.errors import TaskError
from lambdas.domain.history import HistoryEntry, Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.serialization import JsonModel, Timestamp
from lambdas.domain.submission import UNREADABLE_PREFIX, Simulation, Submission

MAX_TRIPS = 3_000
"""How often a generation may be released: as often as a circuit with a recovery of 30 s is tried in a day.

A task that waits makes round trips between the queue and the functions. Lambda would stop them after 16
unless they are allowed (RecursiveLoop), and then nobody else ends them:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""


class TaskSummary(JsonModel):
    """A task as lists have it: all but its payload, its result and its history."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: Annotated[str, Field(description="The one that was given, or made up.")]
    type: Annotated[str, Field(description="The kind of work.")]
    status: Annotated[Status, Field(description="What has become of it.")]
    attempts: Annotated[int, Field(description="How many attempts of its generation count so far.")]
    max_attempts: Annotated[int, Field(description="After so many it is given up.")]
    generation: Annotated[int, Field(description="0 at first; a redrive adds 1.")]
    error: Annotated[
        TaskError | None, Field(description="Of the last attempt, or why the task was given up.")
    ] = None
    analysis: Annotated[Analysis | None, Field(description="Of a dead letter: how it failed.")] = None
    ordering_key: Annotated[str | None, Field(description="Tasks of one key run one after another.")] = None
    run_at: Annotated[Timestamp | None, Field(description="It is not queued before then.")] = None
    expires_at: Annotated[
        Timestamp | None,
        Field(description="The task ends EXPIRED if its first attempt has not begun by then."),
    ] = None
    reference: Annotated[str | None, Field(description="The caller's own id.")] = None
    tags: Annotated[tuple[str, ...] | None, Field(description="The caller's own words.")] = None
    cancel_requested: Annotated[
        bool | None, Field(description="Whether its cancellation was asked for while it ran.")
    ] = None
    correlation_id: Annotated[str, Field(description="`X-Correlation-Id` of its submission.")]
    trace_id: Annotated[
        str | None, Field(description="Its trace in X-Ray: of its submission, and of all its attempts.")
    ] = None
    submitted_at: Annotated[Timestamp, Field(description="When it was accepted.")]
    updated_at: Annotated[Timestamp, Field(description="When its state changed last.")]


class Task(TaskSummary):
    """A task as the API returns it."""

    payload: Annotated[dict[str, JsonValue], Field(description="What the work is given.")]
    result: Annotated[JsonValue, Field(description="What the work has returned.")] = None
    history: Annotated[list[HistoryEntry], Field(description="Its states from the first to the last.")]
    callback: Annotated[Callback | None, Field(description="Is told how the task ended.")] = None
    simulate: Annotated[Simulation | None, Field(exclude=True)] = None
    # The client that requested its cancellation while it was running.
    cancel_requested_by: Annotated[Requester | None, Field(exclude=True)] = None
    # Number of releases. Each release sends a message that SQS must not take for a duplicate.
    releases: Annotated[int, Field(exclude=True)] = 0
    # Number of releases of its generation.
    trips: Annotated[int, Field(exclude=True)] = 0
    # The X-Ray trace header of its submission.
    trace_header: Annotated[str | None, Field(exclude=True)] = None
    # Key of its payload if that is not in its record and was not read, and when it expires, in seconds since
    # 1970.
    payload_key: Annotated[str | None, Field(exclude=True)] = None
    payload_expires_at: Annotated[int | None, Field(exclude=True)] = None
    # Key of its result if that is not in its record and was not read.
    result_key: Annotated[str | None, Field(exclude=True)] = None
    # The place before its own in its lane, and the id of a task that waits for it to end.
    predecessor: Annotated[str | None, Field(exclude=True)] = None
    follower: Annotated[str | None, Field(exclude=True)] = None

    @property
    def idempotency_key(self) -> str:
        """Key that is the same for all attempts of a generation, by which receivers recognise repetitions."""
        return f"{self.task_id}:{self.generation}"

    @property
    def version(self) -> tuple[int, int, int]:
        """Fencing token of writes, which changes with each attempt and each release."""
        return self.generation, self.attempts, self.releases

    @property
    def waits_for(self) -> Wait | None:
        """Why a parked task waits; None in any other state."""
        return self.history[-1].waits_for

    @property
    def due_at(self) -> datetime:
        """When the task was to be queued: at its submission, or at its `runAt` if that is later."""
        return max(self.submitted_at, self.run_at or self.submitted_at)

    @property
    def began_at(self) -> datetime:
        """When its generation began: at its submission, or at its last redrive."""
        redrives = [entry.at for entry in self.history if entry.generation is not None]
        return redrives[-1] if redrives else self.submitted_at

    def has_expired(self, at: datetime) -> bool:
        """Return whether the deadline of a task has passed and its first attempt has not begun."""
        never_begun = self.generation == 0 and self.attempts == 0 and not self.status.ended
        return never_begun and self.expires_at is not None and self.expires_at <= at

    def death(self, generation: int) -> HistoryEntry | None:
        """Return the entry with which a generation was given up.

        Returns None if that generation was not given up, or the entry is no longer kept.
        """
        current = self.generation
        for entry in reversed(self.history):
            if current == generation and entry.status is Status.DEAD_LETTERED:
                return entry
            if entry.generation is not None:
                current = entry.generation - 1
        return None


def accepted(
    submission: Submission,
    *,
    task_id: str,
    max_attempts: int,
    correlation_id: str,
    trace_header: str | None = None,
    at: datetime,
) -> Task:
    """Create the task of a submission: SCHEDULED if its `runAt` is in the future, else PENDING.

    Args:
        submission: The submission.
        task_id: The task's id.
        max_attempts: Number of attempts that the task may have.
        correlation_id: Correlation id of the submission.
        trace_header: X-Ray trace header of the submission.
        at: The current time.
    """
    later = submission.run_at is not None and submission.run_at > at
    status = Status.SCHEDULED if later else Status.PENDING
    return Task(
        task_id=task_id,
        type=submission.type,
        status=status,
        attempts=0,
        max_attempts=max_attempts,
        generation=0,
        payload=submission.payload,
        history=[HistoryEntry(at=at, status=status)],
        ordering_key=submission.ordering_key,
        run_at=submission.run_at,
        expires_at=submission.expires_at,
        reference=submission.reference,
        tags=submission.tags or None,
        callback=submission.callback,
        correlation_id=correlation_id,
        trace_header=trace_header,
        submitted_at=at,
        updated_at=at,
        simulate=submission.simulate,
    )


def unreadable(body: str, *, message_id: str, error: TaskError, at: datetime) -> Task:
    """Create the record of a message that belongs to no task, as a dead letter from the start.

    Args:
        body: The message's body.
        message_id: SQS message id.
        error: Why it belongs to no task.
        at: The current time.
    """
    history = [HistoryEntry(at=at, status=Status.DEAD_LETTERED, error=error)]
    return Task(
        task_id=f"{UNREADABLE_PREFIX}{message_id}",
        type="unreadable",
        status=Status.DEAD_LETTERED,
        attempts=0,
        max_attempts=0,
        generation=0,
        payload={"body": body},
        error=error,
        analysis=analysis(history, error),
        history=history,
        correlation_id=message_id,
        submitted_at=at,
        updated_at=at,
    )
