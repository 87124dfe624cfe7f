"""How exactly the delay before a retry is kept, when several tasks wait for theirs."""

from typing import Any

from benchmarks import history
from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured, percentiles, together
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from benchmarks.tasks import await_end, read, submit


def measure(stack: Stack, plan: Plan) -> Measured:
    """Tasks that fail twice, all at once; the size of the error, and with its sign among the samples.

    The delay is the one in the history, which jitter has made longer already: what is measured is the queue
    and the mapping. As many tasks that do not fail go before, so that cold starts are not. Raises
    MeasurementFailed.
    """
    _run(stack, plan, "unretried", simulate={})
    ids = _run(stack, plan, "retried", simulate={"failures": 2, "error": "SYSTEM"})
    errors = [error for task in read(stack, ids) for error in history.retry_errors(task)]
    if not errors:
        raise MeasurementFailed("no task was retried that should have been")
    signed = Measured(figures={}, samples={"retry_error_signed": errors})
    return together(percentiles("retry_error", [abs(error) for error in errors]), signed)


def _run(stack: Stack, plan: Plan, prefix: str, simulate: dict[str, Any]) -> tuple[str, ...]:
    """Submit tasks at once and wait until they have ended; their ids."""
    ids = [f"{prefix}-{n}" for n in range(plan.retried_tasks)]
    submitted = submit(
        stack, [{"taskId": id, "payload": {}, "simulate": simulate} for id in ids], plan.clients
    )
    await_end(stack, submitted.ids, plan.patience_seconds)
    return submitted.ids
