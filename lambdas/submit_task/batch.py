"""Acceptance of batches: the batch is recorded first, then its tasks, ten at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from lambdas.domain.batch import Batch, Member, NewBatch, named
from lambdas.domain.lifecycle import Status
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import RETRY_AFTER_SECONDS, field_errors, invalid_fields
from lambdas.messaging.queues import MAX_MESSAGES
from lambdas.store.acceptance import Accepted
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.batches import Batches
from lambdas.store.recorded_batch import Recorded
from lambdas.store.stored_times import as_stored
from lambdas.submit_task.body import Submission
from lambdas.submit_task.submit import Submitter
from lambdas.telemetry.logs import logger

# Worst-case duration of ten submissions in seconds, with a slow table and a slow queue.
RESERVE_SECONDS = 5.0

type Outcome = Accepted | ApiError
"""Outcome of one submission of a batch."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """An accepted batch, with the task ids (None if invalid) and outcomes of its submissions."""

    batch_id: str
    task_ids: Sequence[str | None]
    outcomes: Sequence[Outcome]


@dataclass(frozen=True, kw_only=True)
class BatchSubmitter:
    """Accepts batches.

    Attributes:
        submitter: Acceptance of single submissions.
        batches: Storage of batches.
        new_id: Function that returns an id for a batch without one.
        now: Function that returns the current time.
    """

    submitter: Submitter
    batches: Batches
    new_id: Callable[[], str]
    now: Callable[[], datetime]

    def submit(self, batch: NewBatch, *, correlation_id: str, seconds_left: Callable[[], float]) -> Submitted:
        """Record a batch and its tasks, and send their messages.

        Submitting the same batch again completes one that was recorded in part.

        Args:
            batch: The batch.
            correlation_id: Correlation id of the request.
            seconds_left: Function that returns the seconds until the function times out.

        Raises:
            ApiError: A different batch has the id, or some submissions cannot be checked at present, so that
                nothing is recorded. Or the table or the queue rejects a request or is unavailable, in which
                case the batch may be recorded in part.
        """
        batch_id = batch.batch_id or self.new_id()
        given = [named(task, batch_id, position) for position, task in enumerate(batch.tasks)]
        parsed = [self._parsed(task) for task in given]
        _require_checked(parsed)
        try:
            recorded = self._record(batch, batch_id, parsed, correlation_id)
            outcomes: list[Outcome] = []
            for ten in batched(parsed, MAX_MESSAGES, strict=False):
                if seconds_left() < RESERVE_SECONDS:
                    raise _incomplete(batch_id, len(outcomes))
                outcomes += self._submit(ten, correlation_id, recorded)
        except (ClientError, BotoCoreError, TableOverloaded) as error:
            logger.exception("batch not completed", batch=batch_id)
            raise _incomplete(batch_id, 0) from error
        ids = [each["taskId"] if isinstance(each["taskId"], str) else None for each in given]
        return Submitted(batch_id=batch_id, task_ids=ids, outcomes=outcomes)

    def _parsed(self, task: Mapping[str, Any]) -> Submission | ApiError:
        """Validate a submission as if it were submitted alone."""
        try:
            submission = Submission.model_validate(task)
            self.submitter.check(submission)
        except ValidationError as error:
            found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            return invalid_fields(field_errors(found))
        except ApiError as error:
            return error
        return submission

    def _record(
        self,
        batch: NewBatch,
        batch_id: str,
        parsed: Sequence[Submission | ApiError],
        correlation_id: str,
    ) -> Recorded:
        """Record a batch, and return it as it is stored, with the members that it waits for."""
        at = as_stored(self.now())
        valid = [each for each in parsed if isinstance(each, Submission)]
        recorded = self.batches.record(
            Batch(
                batch_id=batch_id,
                fingerprint=batch.fingerprint(),
                members=self._members(parsed, at),
                at=at,
                due_at=max([at, *(each.run_at for each in valid if each.run_at)]),
                callback_url=batch.callback.url if batch.callback else None,
                correlation_id=correlation_id,
            )
        )
        if recorded is None:
            raise ApiError(
                ProblemType.BATCH_ID_TAKEN,
                f"{batch_id} was submitted before with different tasks.",
                errors=[FieldError(field="batchId", message="is taken by a different batch")],
            )
        return recorded

    def _members(self, parsed: Sequence[Submission | ApiError], at: datetime) -> list[Member | None]:
        """Return the submissions of a batch, with None in place of each that will be refused.

        One whose deadline has passed is refused, unless it repeats an accepted task.
        """
        members = [None if isinstance(each, ApiError) else _member(each) for each in parsed]
        late = {_member(each) for each in parsed if isinstance(each, Submission) and each.has_expired(at)}
        refused = late - self.batches.accepted_among(late)
        return [None if member in refused else member for member in members]

    def _submit(
        self, ten: Sequence[Submission | ApiError], correlation_id: str, batch: Recorded
    ) -> list[Outcome]:
        """Record up to ten tasks one by one, as ordering keys require, and send their messages.

        Only members of the batch are accepted. Deadlines are compared with the time at which it was first
        submitted.
        """
        outcomes: list[Outcome] = []
        for each in ten:
            try:
                if isinstance(each, ApiError):
                    raise each
                if not each.has_expired(batch.at) and not batch.has(_member(each)):
                    raise _refused_before()
                outcomes.append(self.submitter.record(each, correlation_id=correlation_id, asked_at=batch.at))
            except ApiError as error:
                outcomes.append(error)
        return self.submitter.send_all(outcomes)


def _member(submission: Submission) -> Member:
    return Member(task_id=str(submission.task_id), fingerprint=submission.fingerprint())


def _refused_before() -> ApiError:
    """Create the error for a submission that is valid by now, but no member of its batch."""
    return ApiError(
        ProblemType.INVALID_REQUEST,
        "The task was refused when its batch was first submitted; submit it in another batch.",
    )


def _require_checked(parsed: Sequence[Submission | ApiError]) -> None:
    """Refuse a batch if some of its submissions cannot be checked at present.

    Were these refused alone, they would be lost: the members of a batch are decided when it is recorded.

    Raises:
        ApiError: Kinds of work cannot be used, or payloads not be validated, at present; its field errors
            name the submissions.
    """
    unchecked = {
        position: each
        for position, each in enumerate(parsed)
        if isinstance(each, ApiError) and each.problem is ProblemType.UNAVAILABLE
    }
    if unchecked:
        first = next(iter(unchecked.values()))
        fields = [
            FieldError(field=f"tasks.{position}.{found.field}", message=found.message)
            for position, each in unchecked.items()
            for found in each.errors or [FieldError(field="type", message="cannot be used at present")]
        ]
        raise ApiError(first.problem, first.detail, errors=fields, retry_after=first.retry_after)


def _incomplete(batch_id: str, done: int) -> ApiError:
    """Create the error for a batch that is recorded in part."""
    return ApiError(
        ProblemType.UNAVAILABLE,
        f"Batch {batch_id} is recorded only in part (at least {done} tasks). Submit it again with the same "
        "batchId.",
        retry_after=RETRY_AFTER_SECONDS,
    )


def status_of(outcome: Outcome) -> int:
    """Return the HTTP status with which POST /tasks would respond to the same submission."""
    if isinstance(outcome, ApiError):
        return int(outcome.problem.status)
    return 202 if outcome.created else 200


def state_of(outcome: Outcome) -> Status | None:
    """Return the state of a submission's task; None if the outcome is an error."""
    return None if isinstance(outcome, ApiError) else outcome.task.status
