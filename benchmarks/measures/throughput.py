"""Throughput: submissions and processing one after the other, then both at once, then slow tasks."""

from collections.abc import Sequence
from typing import Any

from benchmarks import history
from benchmarks.event_source_mapping import paused
from benchmarks.measures.measurement import Measured, percentiles, together
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from benchmarks.tasks import await_end, read, submit

_SLOW_MILLISECONDS = 200


def measure(stack: Stack, plan: Plan) -> Measured:
    """Measure throughput: fill the queue, drain it, then submit while tasks are processed.

    The peak memory is recorded, too.

    Raises:
        MeasurementFailed: If the tasks do not end in time.
    """
    with stack.processes.watched() as peak:
        filled = _fill_and_drain(stack, plan)
        flow = per_second(stack, plan, submissions("flowed", plan.tasks))
        slow_flow = per_second(stack, plan, slow_submissions("slow", plan))
    rates = {
        "tasks_per_s": flow,
        "slow_tasks_per_s": slow_flow,
        "memory_peak_mb": peak.megabytes,
        "tasks": float(plan.tasks),
    }
    return together(filled, Measured(figures=rates))


def _fill_and_drain(stack: Stack, plan: Plan) -> Measured:
    with paused(stack, "process_task"):
        submitted = submit(stack, submissions("filled", plan.tasks), plan.clients)
    await_end(stack, submitted.ids, plan.max_seconds)
    tasks = read(stack, submitted.ids)
    draining = max(map(history.ended, tasks)) - min(history.first(task, "PROCESSING") for task in tasks)
    figures = {
        "submissions_per_s": plan.tasks / submitted.seconds,
        "drain_per_s": plan.tasks / draining,
    }
    return together(percentiles("submission", submitted.latencies), Measured(figures=figures))


def per_second(stack: Stack, plan: Plan, submissions: Sequence[dict[str, Any]]) -> float:
    """Submit tasks, wait until all have ended, and return the tasks per second."""
    submitted = submit(stack, submissions, plan.clients)
    await_end(stack, submitted.ids, plan.max_seconds)
    last = max(map(history.ended, read(stack, submitted.ids)))
    return len(submissions) / (last - submitted.began)


def submissions(prefix: str, count: int, **more: Any) -> list[dict[str, Any]]:
    """Return submissions with distinct ids and payloads."""
    return [{"taskId": f"{prefix}-{n}", "payload": {"number": n}, **more} for n in range(count)]


def slow_submissions(prefix: str, plan: Plan) -> list[dict[str, Any]]:
    """Return submissions of the plan's slow tasks."""
    count = min(plan.tasks, plan.slow_tasks)
    return submissions(prefix, count, simulate={"latencyMs": _SLOW_MILLISECONDS})
