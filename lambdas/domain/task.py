"""Tasks: their submission, current state and history."""

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
"""Maximum number of releases per generation: about a day of probes with a recovery time of 30 s.

A waiting task makes round trips between the queue and the functions. Lambda would stop such a loop after 16
trips, but Faultline turns that detection off (RecursiveLoop) and so needs a limit of its own:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""


class TaskSummary(JsonModel):
    """A task as it appears in lists, without payload, result and history."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: Annotated[str, Field(description="Id of the task, given by the client or assigned.")]
    type: Annotated[str, Field(description="Name of the kind of work.")]
    status: Annotated[Status, Field(description="Current state.")]
    attempts: Annotated[int, Field(description="Number of attempts so far in this generation.")]
    max_attempts: Annotated[int, Field(description="Maximum number of attempts per generation.")]
    generation: Annotated[
        int, Field(description="Number of the generation: 0 at first; each redrive adds 1.")
    ]
    error: Annotated[
        TaskError | None,
        Field(description="Error of the last attempt, or the one for which the task was given up."),
    ] = None
    analysis: Annotated[
        Analysis | None, Field(description="Analysis of the failures; only for a dead letter.")
    ] = None
    ordering_key: Annotated[
        str | None, Field(description="Tasks with the same key run one after another, in order.")
    ] = None
    run_at: Annotated[Timestamp | None, Field(description="Time before which the task is not queued.")] = None
    expires_at: Annotated[
        Timestamp | None,
        Field(description="Time by which the first attempt must begin; otherwise the task ends EXPIRED."),
    ] = None
    reference: Annotated[str | None, Field(description="An id of the client's own.")] = None
    tags: Annotated[tuple[str, ...] | None, Field(description="Labels of the client's own.")] = None
    cancel_requested: Annotated[
        bool | None, Field(description="Whether cancellation was requested while the task was running.")
    ] = None
    correlation_id: Annotated[str, Field(description="`X-Correlation-Id` of the submission.")]
    trace_id: Annotated[
        str | None, Field(description="Id of the X-Ray trace that covers the submission and all attempts.")
    ] = None
    submitted_at: Annotated[Timestamp, Field(description="Time at which the task was accepted.")]
    updated_at: Annotated[Timestamp, Field(description="Time of the last change of state.")]


class Task(TaskSummary):
    """A task as the API returns it."""

    payload: Annotated[dict[str, JsonValue], Field(description="Input of the work.")]
    result: Annotated[JsonValue, Field(description="Value that the work returned.")] = None
    history: Annotated[list[HistoryEntry], Field(description="The task's transitions, oldest first.")]
    callback: Annotated[Callback | None, Field(description="URL to notify when the task ends.")] = None
    simulate: Annotated[Simulation | None, Field(exclude=True)] = None
    # Client that requested cancellation while the task was running.
    cancel_requested_by: Annotated[Requester | None, Field(exclude=True)] = None
    # Number of releases, which keeps SQS from taking the message of a release for a duplicate.
    releases: Annotated[int, Field(exclude=True)] = 0
    # Number of releases in this generation.
    trips: Annotated[int, Field(exclude=True)] = 0
    # X-Ray trace header of the submission.
    trace_header: Annotated[str | None, Field(exclude=True)] = None
    # Key of a payload that is stored separately and was not read, and when it expires, in seconds since 1970.
    payload_key: Annotated[str | None, Field(exclude=True)] = None
    payload_expires_at: Annotated[int | None, Field(exclude=True)] = None
    # Key of a result that is stored separately and was not read.
    result_key: Annotated[str | None, Field(exclude=True)] = None
    # Place of the predecessor in the lane, and id of the task that waits for this one to end.
    predecessor: Annotated[str | None, Field(exclude=True)] = None
    follower: Annotated[str | None, Field(exclude=True)] = None

    @property
    def idempotency_key(self) -> str:
        """Idempotency key, `{taskId}:{generation}`, the same for all attempts of a generation."""
        return f"{self.task_id}:{self.generation}"

    @property
    def version(self) -> tuple[int, int, int]:
        """Fencing token of the task's writes: generation, attempts and releases."""
        return self.generation, self.attempts, self.releases

    @property
    def waits_for(self) -> Wait | None:
        """Reason why a parked task waits; None in any other state."""
        return self.history[-1].waits_for

    @property
    def due_at(self) -> datetime:
        """Time at which the task was due to be queued: its submission, or `runAt` if that is later."""
        return max(self.submitted_at, self.run_at or self.submitted_at)

    @property
    def began_at(self) -> datetime:
        """Time at which the current generation began: the submission or the last redrive."""
        redrives = [entry.at for entry in self.history if entry.generation is not None]
        return redrives[-1] if redrives else self.submitted_at

    def has_expired(self, at: datetime) -> bool:
        """Return whether the deadline has passed and the task has neither begun an attempt nor ended."""
        never_begun = self.generation == 0 and self.attempts == 0 and not self.status.ended
        return never_begun and self.expires_at is not None and self.expires_at <= at

    def death(self, generation: int) -> HistoryEntry | None:
        """Return the DEAD_LETTERED entry of a generation.

        Returns None if that generation was not dead-lettered, or its entry has been dropped.
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
        task_id: Id of the task.
        max_attempts: Maximum number of attempts per generation.
        correlation_id: Correlation id of the submission.
        trace_header: X-Ray trace header of the submission, if any.
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
    """Create a dead letter for a message that belongs to no task.

    Args:
        body: Body of the message.
        message_id: SQS message id.
        error: Error that explains why the message belongs to no task.
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


def may_be_redriven(task_id: str) -> bool:
    """Return whether a dead letter is a task, and not the record of a message that belongs to no task."""
    return not task_id.startswith(UNREADABLE_PREFIX)
