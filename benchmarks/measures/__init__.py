"""What is measured of a deployed stack, in this order: what leaves something behind comes last."""

from collections.abc import Callable

from benchmarks.measures import idle, idle_tasks, invocations, retries, throughput, without_telemetry
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
}
"""By what is shown while each is taken."""

SILENT: dict[str, Measure] = {"throughput without telemetry": without_telemetry.measure}
