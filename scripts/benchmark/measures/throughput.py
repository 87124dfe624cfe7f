"""How many tasks are accepted and done a second: first one after the other, then at once."""

from scripts.benchmark import history
from scripts.benchmark.mapping import paused
from scripts.benchmark.measures.measured import Measured, percentiles, together
from scripts.benchmark.plan import Plan
from scripts.benchmark.stack import Stack
from scripts.benchmark.tasks import Submitted, await_end, read, submit


def measure(stack: Stack, plan: Plan) -> Measured:
    """Fill the queue and let it drain; then submit while tasks are processed. Memory is watched meanwhile.

    Raises MeasurementFailed.
    """
    with stack.processes.watched() as peak:
        filled = _fill_and_drain(stack, plan)
        flowed = _flow(stack, plan)
    return together(
        filled, flowed, Measured(figures={"memory_peak_mb": peak.megabytes, "tasks": float(plan.tasks)})
    )


def _fill_and_drain(stack: Stack, plan: Plan) -> Measured:
    with paused(stack, "process_task"):
        submitted = _submit(stack, plan, "filled")
    await_end(stack, submitted.ids, plan.patience_seconds)
    tasks = read(stack, submitted.ids)
    draining = max(map(history.ended, tasks)) - min(history.first(task, "PROCESSING") for task in tasks)
    figures = {
        "submissions_per_s": plan.tasks / submitted.seconds,
        "drain_per_s": plan.tasks / draining,
    }
    return together(percentiles("submission", submitted.latencies), Measured(figures=figures))


def _flow(stack: Stack, plan: Plan) -> Measured:
    submitted = _submit(stack, plan, "flowed")
    await_end(stack, submitted.ids, plan.patience_seconds)
    last = max(map(history.ended, read(stack, submitted.ids)))
    return Measured(
        figures={"tasks_per_s": plan.tasks / (last - submitted.began)},
        samples={"submission_while_processing": submitted.latencies},
    )


def _submit(stack: Stack, plan: Plan, prefix: str) -> Submitted:
    tasks = [{"taskId": f"{prefix}-{n}", "payload": {"number": n}} for n in range(plan.tasks)]
    return submit(stack, tasks, plan.clients)
