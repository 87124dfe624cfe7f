"""Events in the life of tasks: each function logs, counts and annotates one event.

`docs/telemetry.md` lists the lines and the metrics. A line has the ids of its task
(`lambdas.telemetry.logs.about`), and the keys that the caller has added to the logger. Changes by clients are
logged as warnings, which every stage logs.
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
"""Stack level that makes a line's `location` that of the event, not of this module."""


def task_submitted(task: Task, *, repeated: bool) -> None:
    """Report that a submission was recorded, now or by an earlier request."""
    logger.info("task submitted", **about(task), repeated=repeated, stacklevel=_CALLER)


def submission_accepted(task: Task, *, created: bool) -> None:
    """Report a submission answered with 202, or with 200 if its task already existed."""
    count({Metric.TASKS_SUBMITTED if created else Metric.DUPLICATE_SUBMISSIONS: 1}, Kind=task.type)


def submission_conflicted(task: Task) -> None:
    """Report a submission answered with 409: its id belongs to a different task."""
    count({Metric.CONFLICTING_SUBMISSIONS: 1}, Kind=task.type)


def attempt_begun(task: Task, *, at: datetime) -> None:
    """Report that a task was claimed."""
    tracing.annotate(kind=task.type, attempt=task.attempts)
    logger.info("attempt begun", **about(task), stacklevel=_CALLER)
    is_first = task.attempts == 1 and task.generation == 0
    latency = {Metric.QUEUE_LATENCY: _milliseconds_since_due(task, at)} if is_first else {}
    count({Metric.ATTEMPTS: 1, **latency}, Kind=task.type)


def attempt_reported(task: Task, *, seconds: float) -> None:
    """Report the duration of an attempt that has ended, with whatever outcome."""
    count({Metric.PROCESSING_TIME: seconds * 1000}, Kind=task.type)


def attempt_failed(error: TaskError) -> None:
    """Report that an attempt has failed; its consequence is an event of its own."""
    tracing.failed(error.category)
    tracing.annotate(category=error.category)


def attempt_retried(task: Task, error: TaskError, *, delay_seconds: int) -> None:
    """Report that an attempt failed and another one follows after the delay."""
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
    """Report that a message that belongs to no task was given up and is kept as `record`."""
    count({Metric.DEAD_LETTERS: 1}, Kind=record.type, Category=error.category)


def dead_letter_alerted(task: Task, error: TaskError) -> None:
    """Report that the monitor alerts about a dead letter."""
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


def task_parked(task: Task, *, reason: str) -> None:
    """Report that a task waits for a circuit to close, or for its kind to be resumed."""
    logger.info("task parked", **about(task), reason=reason, stacklevel=_CALLER)
    count({Metric.TASKS_PARKED: 1}, Kind=task.type)


def task_waits_for_turn(task: Task) -> None:
    """Report that a task waits for the tasks before it in its ordering key to end."""
    logger.info("task waits for its turn", **about(task), stacklevel=_CALLER)


def turn_has_come(task: Task) -> None:
    """Report that a task that waited for its turn is queued."""
    logger.info("turn has come", **about(task), stacklevel=_CALLER)


def task_released(task: Task, *, sort: str) -> None:
    """Report that release_tasks queued a task.

    Args:
        task: The task before its release.
        sort: `unsent`, `due` or `parked`.
    """
    trips = task.trips + 1
    logger.info("task released", **about(task), sort=sort, trips=trips, stacklevel=_CALLER)
    count({Metric.TASKS_RELEASED: 1, Metric.ROUND_TRIPS: trips}, Kind=task.type)


def task_redriven(task: Task, *, by: Requester, amended: bool = False) -> None:
    """Report that a dead letter began a new generation, perhaps with a corrected payload."""
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
    """Report that a waiting task was queued at a client's request; `task` is its state before."""
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
    """Report that the delivery to a task's callback was recorded, as a task of its own."""
    logger.info("callback written", **about(task), delivery=delivery, stacklevel=_CALLER)


def kind_paused(kind: str, *, reason: str | None, by: Requester) -> None:
    """Report that a kind of work was paused, or that the reason of its pause was replaced."""
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
    """Report that a request redrove dead letters that meet its criteria, perhaps with corrected payloads."""
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
    """Report that a request cancelled tasks that meet its criteria."""
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
    """Return the time since a task was due; 0 if it runs before that."""
    return max(0.0, (at - task.due_at).total_seconds() * 1000)
