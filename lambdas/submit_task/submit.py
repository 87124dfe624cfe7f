"""Accepting submissions: a task is recorded first, then queued, and only then answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.application.payload_checks import check_size
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import MAX_SCHEDULE_AHEAD, Submission
from lambdas.domain.task import Task, accepted
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import RETRY_AFTER_SECONDS
from lambdas.store.acceptance import Accepted
from lambdas.store.table import TaskTable
from lambdas.telemetry import events, tracing
from lambdas.telemetry.logs import about, logger
from lambdas.work.registry import Kind, Registry


@dataclass(frozen=True, kw_only=True)
class Submitter:
    """Accepts submissions.

    Attributes:
        table: The task table.
        dispatcher: Sends tasks.
        kinds: The kinds of work.
        now: Returns the time.
        new_id: Returns a task id for a submission without one.
    """

    table: TaskTable
    dispatcher: Dispatcher
    kinds: Registry
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def submit(self, submission: Submission, *, correlation_id: str) -> Accepted:
        """Record a task and send its message; on return both are durable. A SCHEDULED task is only recorded.

        A repeated submission completes an earlier one: a task that is still PENDING may have no message.

        Args:
            submission: The submission.
            correlation_id: Of the request.

        Raises:
            ApiError: The submission is not acceptable, or its id is taken by a different task.
            ClientError, BotoCoreError: The table or the queue refuses or is away. A recorded task is kept,
                and the same submission may be repeated.
        """
        kind = self._check(submission)
        at = self.now()
        task = accepted(
            submission,
            task_id=submission.task_id or self.new_id(),
            max_attempts=kind.maximum_attempts,
            correlation_id=correlation_id,
            trace_header=tracing.header(),
            at=at,
        )
        outcome = self._record(task, submission.fingerprint(), at)
        tracing.annotate(task_id=task.task_id, kind=task.type)
        if not outcome.same:
            events.submission_conflicted(task)
            raise ApiError(
                ProblemType.TASK_ID_TAKEN,
                f"{task.task_id} was submitted before with a different type, payload or option.",
                errors=[FieldError(field="taskId", message="is taken by a different task")],
            )
        # Logged before the message is sent, so that the line precedes that of the first attempt.
        events.task_submitted(outcome.task, repeated=not outcome.created)
        if outcome.task.status is Status.PENDING:
            task = self._send(outcome.task, noted=not outcome.created)
            outcome = Accepted(task=task, created=outcome.created, same=True)
        events.submission_accepted(outcome.task, created=outcome.created)
        return outcome

    def _record(self, task: Task, fingerprint: str, at: datetime) -> Accepted:
        """Write a new task, unless its id is taken. After its deadline only a repetition is accepted."""
        if not task.has_expired(at):
            return self.table.accept(task, fingerprint)
        taken = self.table.accepted_before(task.task_id, fingerprint)
        if taken is None:
            raise _not_valid("expiresAt", "must be later than now")
        return taken

    def _send(self, task: Task, *, noted: bool) -> Task:
        """Send a task. For a repeated submission that is noted, so that the next repetition sends nothing."""
        try:
            return self.dispatcher.dispatch(task) if noted else self.dispatcher.send(task)
        except (ClientError, BotoCoreError) as error:
            logger.exception("task recorded, not queued", **about(task))
            raise ApiError(
                ProblemType.UNAVAILABLE,
                f"Task {task.task_id} is recorded but could not be queued. It is queued later by itself; "
                "to be sure, submit it again by this taskId.",
                retry_after=RETRY_AFTER_SECONDS,
            ) from error

    def _check(self, submission: Submission) -> Kind[Any]:
        check_size(submission.payload_bytes())
        latest = self.now() + MAX_SCHEDULE_AHEAD
        if submission.run_at is not None and submission.run_at > latest:
            raise _not_valid("runAt", f"at most {MAX_SCHEDULE_AHEAD.days} days from now")
        if submission.expires_at is not None and submission.expires_at > latest + MAX_SCHEDULE_AHEAD:
            raise _not_valid("expiresAt", f"at most {2 * MAX_SCHEDULE_AHEAD.days} days from now")
        return self.kinds[submission.type]


def _not_valid(field: str, message: str) -> ApiError:
    return ApiError(
        ProblemType.INVALID_REQUEST,
        f"Not valid: {field}",
        errors=[FieldError(field=field, message=message)],
    )
