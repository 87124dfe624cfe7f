"""Memory and CPU time of an idle emulator."""

import time

from benchmarks.measures.measurement import Measured
from benchmarks.plan import Plan
from benchmarks.stack import Stack


def measure(stack: Stack, plan: Plan) -> Measured:
    """Measure memory, and CPU time over a period without requests."""
    time.sleep(plan.settling_seconds)
    spent, began = stack.processes.cpu_seconds(), time.perf_counter()
    time.sleep(plan.idle_seconds)
    seconds = time.perf_counter() - began
    spent = stack.processes.cpu_seconds() - spent
    return Measured(
        figures={
            "cpu_idle_percent": 100 * spent / seconds,
            "memory_idle_mb": stack.processes.memory_mb(),
        }
    )
