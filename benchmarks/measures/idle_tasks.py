"""How long one task takes when there is nothing else to do."""

import random
import time

from benchmarks import history
from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured, percentiles, together
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from benchmarks.tasks import read, statuses, submit

_LOOKING_EVERY = 0.02
_PAUSE = (2.0, 3.0)
"""Of random length within these, so that what looks for work each second is met at any time of it."""


def measure(stack: Stack, plan: Plan) -> Measured:
    """Tasks one by one, by their records and as a client sees them.

    One is done before, for the functions to be warm.
    """
    ids = [f"idle-{n}" for n in range(plan.idle_tasks)]
    chance = random.Random(plan.seed)
    _seconds_to_success(stack, "idle-first", plan.patience_seconds)
    seen = []
    for id in ids:
        time.sleep(chance.uniform(*_PAUSE))
        seen.append(_seconds_to_success(stack, id, plan.patience_seconds))
    recorded = [history.ended(task) - history.submitted(task) for task in read(stack, ids)]
    return together(percentiles("idle_task_recorded", recorded), percentiles("idle_task_seen", seen))


def _seconds_to_success(stack: Stack, id: str, patience: float) -> float:
    """From the answer of the submission until SUCCEEDED is read."""
    submit(stack, [{"taskId": id, "payload": {}}], clients=1)
    accepted = time.perf_counter()
    while (status := statuses(stack, [id]).get(id)) != "SUCCEEDED":
        if time.perf_counter() - accepted > patience:
            raise MeasurementFailed(f"{id} is {status} after {patience:g} s")
        time.sleep(_LOOKING_EVERY)
    return time.perf_counter() - accepted
