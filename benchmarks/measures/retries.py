"""The precision of retry delays with several tasks waiting at once."""

from typing import Any

from benchmarks import history
from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured, percentiles, together
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from benchmarks.tasks import await_end, read, submit


def measure(stack: Stack, plan: Plan) -> Measured:
    """Measure the retries of tasks that fail twice and are submitted at once.

    An error is the deviation from the delay in the history, which includes jitter: only the queue and the
    mapping contribute to it. As many tasks that do not fail come first, so that cold starts are not included.
    The figures are absolute errors; the samples also have the signed ones.

    Raises:
        MeasurementFailed: If no task was retried, or the tasks do not end in time.
    """
    _run(stack, plan, "unretried", simulate={})
    ids = _run(stack, plan, "retried", simulate={"failures": 2, "error": "SYSTEM"})
    errors = [error for task in read(stack, ids) for error in history.retry_errors(task)]
    if not errors:
        raise MeasurementFailed("none of the failing tasks was retried")
    signed = Measured(figures={}, samples={"retry_error_signed": errors})
    return together(percentiles("retry_error", [abs(error) for error in errors]), signed)


def _run(stack: Stack, plan: Plan, prefix: str, simulate: dict[str, Any]) -> tuple[str, ...]:
    """Submit tasks at once, wait until they have ended, and return their ids."""
    ids = [f"{prefix}-{n}" for n in range(plan.retried_tasks)]
    submitted = submit(
        stack, [{"taskId": id, "payload": {}, "simulate": simulate} for id in ids], plan.clients
    )
    await_end(stack, submitted.ids, plan.max_seconds)
    return submitted.ids
