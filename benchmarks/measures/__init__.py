"""The measures of a deployed stack. Their order matters: those that leave tasks behind come last."""

from collections.abc import Callable

from benchmarks.measures import (
    idle,
    idle_tasks,
    invocations,
    many_tasks,
    retries,
    telemetry,
    throughput,
)
from benchmarks.measures.measurement import Measured
from benchmarks.plan import Plan
from benchmarks.stack import Stack

Measure = Callable[[Stack, Plan], Measured]

MEASURES: dict[str, Measure] = {
    "warm invocations": invocations.warm,
    "single tasks while idle": idle_tasks.measure,
    "memory and CPU while idle": idle.measure,
    "cold invocations": invocations.cold,
    "retries": retries.measure,
    "throughput": throughput.measure,
    "many tasks": many_tasks.measure,
}
"""The measures of every emulator, by the title shown while they run."""

TELEMETRY_MEASURES: dict[str, Measure] = {"cost of telemetry": telemetry.measure}
"""The measures of Faultline alone."""
