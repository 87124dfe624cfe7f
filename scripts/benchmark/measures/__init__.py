"""What is measured of a deployed stack, in this order: what leaves something behind comes last."""

from collections.abc import Callable

from scripts.benchmark.measures import idle, idle_tasks, invocations, retries, silent, throughput
from scripts.benchmark.measures.measured import Measured
from scripts.benchmark.plan import Plan
from scripts.benchmark.stack import Stack

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

SILENT: dict[str, Measure] = {"throughput without telemetry": silent.measure}
