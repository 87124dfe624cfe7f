"""The duration of a single task in an idle emulator."""

import random
import time

from benchmarks import history
from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured, percentiles, together
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from benchmarks.tasks import read, statuses, submit

_POLL_SECONDS = 0.02
_PAUSE_SECONDS = (2.0, 3.0)
"""Limits of the random pauses, which keep tasks from synchronising with loops that run each second."""


def measure(stack: Stack, plan: Plan) -> Measured:
    """Measure tasks one by one, according to their records and as seen by a client.

    An unmeasured task comes first, so that the functions are warm.

    Raises:
        MeasurementFailed: If a task does not succeed in time.
    """
    ids = [f"idle-{n}" for n in range(plan.idle_tasks)]
    chance = random.Random(plan.seed)
    _seconds_to_success(stack, "idle-first", plan.max_seconds)
    seen = []
    for id in ids:
        time.sleep(chance.uniform(*_PAUSE_SECONDS))
        seen.append(_seconds_to_success(stack, id, plan.max_seconds))
    recorded = [history.ended(task) - history.submitted(task) for task in read(stack, ids)]
    return together(percentiles("idle_task_recorded", recorded), percentiles("idle_task_seen", seen))


def _seconds_to_success(stack: Stack, id: str, max_seconds: float) -> float:
    """Submit a task, and return the seconds from the response until SUCCEEDED is read."""
    submit(stack, [{"taskId": id, "payload": {}}], clients=1)
    accepted = time.perf_counter()
    while (status := statuses(stack, [id]).get(id)) != "SUCCEEDED":
        if time.perf_counter() - accepted > max_seconds:
            raise MeasurementFailed(f"{id} is {status} after {max_seconds:g} s")
        time.sleep(_POLL_SECONDS)
    return time.perf_counter() - accepted
