"""Events in the life of tasks, each with its log line, metrics and trace annotations.

`docs/telemetry.md` lists the log lines and metrics. A line contains the ids of its task
(`lambdas.telemetry.logs.about`) and the keys that the caller has added to the logger. Changes by clients are
logged as warnings, which every stage records.
"""

from datetime import datetime

from lambdas.domain.errors import TaskError
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.telemetry import tracing
from lambdas.telemetry.logs import about, logger
from lambdas.telemetry.masking import masked
from lambdas.telemetry.metrics import Metric, count

_CALLER = 3
"""Stack level that makes `location` name the code that reports the event, not this module."""


def task_submitted(task: Task, *, repeated: bool) -> None:
    """Report that a submitted task is recorded, by this request or an earlier one."""
    logger.info("task submitted", **about(task), repeated=repeated, stacklevel=_CALLER)


def submission_accepted(task: Task, *, created: bool) -> None:
    """Report an accepted submission: 202, or 200 if the task already existed."""
    count({Metric.TASKS_SUBMITTED if created else Metric.DUPLICATE_SUBMISSIONS: 1}, Kind=task.type)


def submission_conflicted(task: Task) -> None:
    """Report a submission refused with 409, since its id belongs to a different task."""
    count({Metric.CONFLICTING_SUBMISSIONS: 1}, Kind=task.type)


def attempt_begun(task: Task) -> None:
    """Report that a task was claimed."""
    tracing.annotate(kind=task.type, attempt=task.attempts)
    logger.info("attempt begun", **about(task), stacklevel=_CALLER)


def attempt_counted(task: Task) -> None:
    """Report that an attempt is made, and no open circuit prevents it."""
    count({Metric.ATTEMPTS: 1}, Kind=task.type)


def attempt_reported(task: Task, *, at: datetime, seconds: float, is_given_back: bool) -> None:
    """Report the duration of an attempt, whatever its outcome, and how long the task waited for its first.

    Args:
        task: The task as it was claimed.
        at: Time of the claim.
        seconds: Duration of the attempt.
        is_given_back: Whether it was a failed probe of a circuit, so that the first attempt is yet to come.
    """
    is_first = task.attempts == 1 and task.generation == 0 and not is_given_back
    latency = {Metric.QUEUE_LATENCY: _milliseconds_since_due(task, at)} if is_first else {}
    count({Metric.PROCESSING_TIME: seconds * 1000, **latency}, Kind=task.type)


def attempt_failed(error: TaskError) -> None:
    """Report that an attempt failed; the retry or the dead letter is reported separately."""
    tracing.failed(error.category)
    tracing.annotate(category=error.category)


def attempt_retried(task: Task, error: TaskError, *, delay_seconds: int) -> None:
    """Report that a failed attempt will be retried after a delay."""
    logger.warning(
        "attempt failed",
        **about(task),
        error=error.model_dump(mode="json", exclude_none=True),
        retry_delay_seconds=delay_seconds,
        stacklevel=_CALLER,
    )
    count({Metric.RETRIES: 1}, Kind=task.type, Category=error.category)


def task_succeeded(task: Task, *, at: datetime) -> None:
    """Report that an attempt succeeded and its result was written."""
    logger.info("task succeeded", **about(task), stacklevel=_CALLER)
    duration = {} if task.generation else {Metric.END_TO_END_TIME: _milliseconds_since_due(task, at)}
    count({Metric.TASKS_SUCCEEDED: 1, **duration}, Kind=task.type)


def task_dead_lettered(task: Task, error: TaskError) -> None:
    """Report that a task was given up."""
    logger.warning(
        "task dead-lettered",
        **about(task),
        error=error.model_dump(mode="json", exclude_none=True),
        stacklevel=_CALLER,
    )
    count({Metric.DEAD_LETTERS: 1}, Kind=task.type, Category=error.category)


def message_dead_lettered(record: Task, error: TaskError) -> None:
    """Report that a message without a task was dead-lettered and is kept as `record`."""
    count({Metric.DEAD_LETTERS: 1}, Kind=record.type, Category=error.category)


def dead_letter_alerted(task: Task, error: TaskError) -> None:
    """Report that an alert about a dead letter was published."""
    logger.error(
        "dead letter",
        task_id=task.task_id,
        kind=task.type,
        category=error.category,
        error_type=error.type,
        reason=masked(error.message),
        attempts=task.attempts,
        stacklevel=_CALLER,
    )


def task_parked(task: Task, *, reason: str, failure: TaskError | None = None) -> None:
    """Report that a task was parked for an open circuit or a paused kind.

    Args:
        task: The task.
        reason: Description of what it waits for.
        failure: Error of the probe of the circuit that failed; None if no call was made.
    """
    logger.info("task parked", **about(task), reason=reason, stacklevel=_CALLER)
    count({Metric.TASKS_PARKED: 1}, Kind=task.type)
    if failure is not None:
        count({Metric.RETRIES: 1}, Kind=task.type, Category=failure.category)


def task_waits_for_turn(task: Task) -> None:
    """Report that a task was parked because an earlier task of its ordering key has not ended."""
    logger.info("task waits for its turn", **about(task), stacklevel=_CALLER)


def turn_has_come(task: Task) -> None:
    """Report that a task was queued because its turn has come."""
    logger.info("turn has come", **about(task), stacklevel=_CALLER)


def task_released(task: Task, *, release_reason: str) -> None:
    """Report that release_tasks queued a task.

    Args:
        task: The task before its release.
        release_reason: `unsent`, `due` or `parked`.
    """
    releases = task.trips + 1
    logger.info(
        "task released", **about(task), release_reason=release_reason, releases=releases, stacklevel=_CALLER
    )
    count({Metric.TASKS_RELEASED: 1, Metric.ROUND_TRIPS: releases}, Kind=task.type)


def releases_delayed(*, seconds: float) -> None:
    """Report that more tasks are due than a pass of release_tasks takes; the oldest is late by `seconds`."""
    count({Metric.RELEASE_LAG: seconds})


def task_redriven(task: Task, *, by: Requester, amended: bool = False) -> None:
    """Report that a dead letter was redriven, with its own or a corrected payload."""
    logger.warning(
        "task redriven",
        **about(task),
        generation=task.generation,
        amended=amended,
        requested_by=_plain(by),
        stacklevel=_CALLER,
    )
    count({Metric.TASKS_REDRIVEN: 1}, Kind=task.type)


def task_run(task: Task, *, by: Requester) -> None:
    """Report that a waiting task was queued at a client's request; `task` is its previous state."""
    logger.warning(
        "task run now", **about(task), waited=task.status, requested_by=_plain(by), stacklevel=_CALLER
    )


def cancellation_requested(task: Task, *, by: Requester) -> None:
    """Report that the cancellation of a running task was requested."""
    logger.warning("cancellation requested", **about(task), requested_by=_plain(by), stacklevel=_CALLER)


def task_cancelled(task: Task, *, by: Requester) -> None:
    """Report that a task was cancelled."""
    logger.warning("task cancelled", **about(task), requested_by=_plain(by), stacklevel=_CALLER)
    count({Metric.TASKS_CANCELLED: 1}, Kind=task.type)


def task_expired(task: Task) -> None:
    """Report that a task's deadline passed before its first attempt."""
    logger.warning("task expired", **about(task), stacklevel=_CALLER)
    count({Metric.TASKS_EXPIRED: 1}, Kind=task.type)


def callback_written(task: Task, *, delivery: str) -> None:
    """Report that the delivery to a task's callback was recorded."""
    logger.info("callback written", **about(task), delivery=delivery, stacklevel=_CALLER)


def kind_paused(kind: str, *, reason: str | None, by: Requester) -> None:
    """Report that a kind of work was paused, or that the reason for its pause was changed."""
    logger.warning("kind paused", kind=kind, reason=reason, requested_by=_plain(by), stacklevel=_CALLER)


def kind_resumed(kind: str, *, by: Requester) -> None:
    """Report that a kind of work was resumed."""
    logger.warning("kind resumed", kind=kind, requested_by=_plain(by), stacklevel=_CALLER)


def circuit_changed(circuit: str, *, was: str, now: str) -> None:
    """Report that the circuit of a dependency opened, half-opened or closed."""
    logger.warning("circuit changed", circuit=circuit, was=was, now=now, stacklevel=_CALLER)
    count({Metric.CIRCUIT_STATE_CHANGES: 1}, State=now)


def dead_letters_redriven(
    redriven: int, *, failed: int, amended: bool, criteria: dict[str, object], by: Requester
) -> None:
    """Report the outcome of a bulk redrive."""
    logger.warning(
        "dead letters redriven",
        redriven=redriven,
        failed=failed,
        amended=amended,
        criteria=criteria,
        requested_by=_plain(by),
        stacklevel=_CALLER,
    )


def tasks_cancelled(cancelled: int, *, failed: int, criteria: dict[str, object], by: Requester) -> None:
    """Report the outcome of a bulk cancellation."""
    logger.warning(
        "tasks cancelled",
        cancelled=cancelled,
        failed=failed,
        criteria=criteria,
        requested_by=_plain(by),
        stacklevel=_CALLER,
    )


def _plain(by: Requester) -> dict[str, str]:
    return by.model_dump(exclude_none=True)


def _milliseconds_since_due(task: Task, at: datetime) -> float:
    """Return the milliseconds since a task was due; 0 if it was not due yet."""
    return max(0.0, (at - task.due_at).total_seconds() * 1000)
