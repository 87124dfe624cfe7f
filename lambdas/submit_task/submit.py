"""Acceptance of submissions: a task is recorded, then queued, and only then acknowledged to the client."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.application.payload_checks import check_limits
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import MAX_SCHEDULE_AHEAD, Submission
from lambdas.domain.task import Task, accepted
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import RETRY_AFTER_SECONDS, invalid_fields
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
        dispatcher: Sender of tasks.
        kinds: The kinds of work.
        now: Function that returns the current time.
        new_id: Function that returns a task id for a submission without one.
    """

    table: TaskTable
    dispatcher: Dispatcher
    kinds: Registry
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def record(
        self, submission: Submission, *, correlation_id: str, asked_at: datetime | None = None
    ) -> Accepted:
        """Record a task; if it is PENDING, the caller must then send its message.

        This also applies to a repeated submission, since the message of a task that is still PENDING may
        never have been sent.

        Args:
            submission: The submission.
            correlation_id: Correlation id of the request.
            asked_at: Time that the deadline must be later than; now if None.

        Raises:
            ApiError: The submission is not acceptable, or a different task has the id.
            ClientError, BotoCoreError: The table rejects the request or is unavailable. The task may have
                been recorded; the same submission can be repeated.
        """
        kind = self.check(submission)
        at = self.now()
        task = accepted(
            submission,
            task_id=submission.task_id or self.new_id(),
            max_attempts=kind.maximum_attempts,
            correlation_id=correlation_id,
            trace_header=tracing.header(),
            at=at,
        )
        outcome = self._record(task, submission, asked_at or at)
        tracing.annotate(task_id=task.task_id, kind=task.type)
        if not outcome.same:
            events.submission_conflicted(task)
            raise ApiError(
                ProblemType.TASK_ID_TAKEN,
                f"{task.task_id} was submitted before with a different type, payload or option.",
                errors=[FieldError(field="taskId", message="is taken by a different task")],
            )
        # Logged before the message is sent, so that this line precedes those of the first attempt.
        events.task_submitted(outcome.task, repeated=not outcome.created)
        return outcome

    def submit(self, submission: Submission, *, correlation_id: str) -> Accepted:
        """Record a task and, if it is PENDING, send its message.

        Raises:
            ApiError: As in `record`, or the queue rejects the request or is unavailable.
            ClientError, BotoCoreError: As in `record`.
        """
        outcome = self.record(submission, correlation_id=correlation_id)
        if outcome.task.status is Status.PENDING:
            task = self._send(outcome.task, noted=not outcome.created)
            outcome = Accepted(task=task, created=outcome.created, same=True)
        events.submission_accepted(outcome.task, created=outcome.created)
        return outcome

    def _record(self, task: Task, submission: Submission, asked_at: datetime) -> Accepted:
        """Write a new task, unless its id is taken; a past deadline is accepted only in a repetition."""
        fingerprint = submission.fingerprint()
        if not submission.has_expired(asked_at):
            return self.table.accept(task, fingerprint)
        taken = self.table.accepted_before(task.task_id, fingerprint)
        if taken is None:
            raise _not_valid("expiresAt", "must be later than now")
        return taken

    def send_all(self, outcomes: Sequence[Accepted | ApiError]) -> list[Accepted | ApiError]:
        """Send the messages of up to ten recorded tasks, those of new tasks in a single call.

        Args:
            outcomes: Outcomes of `record`; errors among them are returned unchanged.

        Returns:
            The outcome of each submission; an error if SQS rejected its message, which release_tasks sends
            later.

        Raises:
            ClientError, BotoCoreError: The queue rejects the request or is unavailable.
        """
        new = [
            each.task
            for each in outcomes
            if isinstance(each, Accepted) and each.created and each.task.status is Status.PENDING
        ]
        sent = self.dispatcher.send_all(new)
        return [each if isinstance(each, ApiError) else self._sent(each, sent) for each in outcomes]

    def _sent(self, outcome: Accepted, sent: Mapping[str, Task]) -> Accepted | ApiError:
        task = outcome.task
        if task.status is Status.PENDING:
            if not outcome.created:  # An earlier request may have failed before it sent the message.
                task = self.dispatcher.dispatch(task)
            elif task.task_id not in sent:
                logger.error("task recorded, but not queued", **about(task))
                return _unqueued(task)
            else:
                task = sent[task.task_id]
        events.submission_accepted(task, created=outcome.created)
        return replace(outcome, task=task)

    def _send(self, task: Task, *, noted: bool) -> Task:
        """Send a task's message; if `noted`, record it as QUEUED, so that a repetition sends nothing."""
        try:
            return self.dispatcher.dispatch(task) if noted else self.dispatcher.send(task)
        except (ClientError, BotoCoreError) as error:
            logger.exception("task recorded, but not queued", **about(task))
            raise _unqueued(task) from error

    def check(self, submission: Submission) -> Kind[Any]:
        """Validate a submission, and return its kind of work.

        Raises:
            ApiError: The submission is not acceptable.
        """
        check_limits(submission.payload)
        latest = self.now() + MAX_SCHEDULE_AHEAD
        if submission.run_at is not None and submission.run_at > latest:
            raise _not_valid("runAt", f"at most {MAX_SCHEDULE_AHEAD.days} days from now")
        if submission.expires_at is not None and submission.expires_at > latest + MAX_SCHEDULE_AHEAD:
            raise _not_valid("expiresAt", f"at most {2 * MAX_SCHEDULE_AHEAD.days} days from now")
        return self.kinds[submission.type]


def _not_valid(field: str, message: str) -> ApiError:
    return invalid_fields([FieldError(field=field, message=message)])


def _unqueued(task: Task) -> ApiError:
    return ApiError(
        ProblemType.UNAVAILABLE,
        f"Task {task.task_id} is recorded but could not be queued yet. It will be queued "
        "automatically; you can also submit it again with this taskId.",
        retry_after=RETRY_AFTER_SECONDS,
    )
