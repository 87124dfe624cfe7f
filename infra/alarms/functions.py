"""Alarms on each function: that it fails, is throttled, or takes nearly as long as it may.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterable, Iterator

from infra.alarms.alarm import Alarm
from infra.alarms.signals import of_function
from infra.stack.functions import FunctionSpec
from infra.stages import StageSettings

NEAR_TIMEOUT = 0.9
"""Of the timeout. release_tasks takes 50 s of its 60 on purpose, which is less."""


def function_alarms(settings: StageSettings, specs: Iterable[FunctionSpec]) -> Iterator[Alarm]:
    """Three of each function.

    The longest run counts, not a percentile: what ran into its timeout is an error already, and one run
    that nearly did is the warning.
    """
    for spec in specs:
        name = spec.name.replace("_", "-")
        yield Alarm(
            name=f"{name}-errors",
            meaning=f"{spec.name} failed: an exception, a crash, or its timeout. Work that fails is none.",
            first=f"Look for {spec.name} in the log group `{settings.log_group_name}`.",
            watches=of_function(settings, spec.name, "Errors"),
            at_least=1,
        )
        yield Alarm(
            name=f"{name}-throttles",
            meaning=f"Lambda had no room to run {spec.name}.",
            first="See which functions use up the account's concurrency on the dashboard `performance`.",
            watches=of_function(settings, spec.name, "Throttles"),
            at_least=1,
        )
        yield Alarm(
            name=f"{name}-duration",
            meaning=f"A run of {spec.name} took nearly the {spec.timeout_seconds} s after which it is ended.",
            first="Find the slow call: `faultline trace TASK`, or X-Ray.",
            watches=of_function(settings, spec.name, "Duration", "Maximum"),
            at_least=NEAR_TIMEOUT * spec.timeout_seconds * 1000,
        )
