"""What the emulator takes of the machine when nothing is to be done."""

import time

from benchmarks.measures.measurement import Measured
from benchmarks.plan import Plan
from benchmarks.stack import Stack


def measure(stack: Stack, plan: Plan) -> Measured:
    """Memory, and CPU time over a while in which nobody asks anything."""
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
