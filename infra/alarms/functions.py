"""Alarms on each function: failures, throttles, and runs close to the timeout.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterable, Iterator

from infra.alarms.alarm import Alarm
from infra.alarms.signals import of_function
from infra.stack.functions import FunctionSpec
from infra.stages import StageSettings

NEAR_TIMEOUT = 0.9
"""The share of the timeout that is too long. release_tasks regularly takes 50 of its 60 s, which is less."""


def function_alarms(settings: StageSettings, specs: Iterable[FunctionSpec]) -> Iterator[Alarm]:
    """Yield three alarms for each function.

    The alarm on the duration watches the longest run instead of a percentile: a run that reaches the timeout
    is an error already, so a single run that comes close is the warning.
    """
    for spec in specs:
        name = spec.name.replace("_", "-")
        yield Alarm(
            name=f"{name}-errors",
            meaning=f"{spec.name} failed: an exception, a crash or its timeout. "
            "Failed attempts of tasks do not count.",
            first=f"Look for {spec.name} in the log group `{settings.log_group_name}`.",
            watches=of_function(settings, spec.name, "Errors"),
            at_least=1,
        )
        yield Alarm(
            name=f"{name}-throttles",
            meaning=f"Lambda had no room to run {spec.name}.",
            first="See on the dashboard `performance` which functions use up the account's concurrency.",
            watches=of_function(settings, spec.name, "Throttles"),
            at_least=1,
        )
        yield Alarm(
            name=f"{name}-duration",
            meaning=f"A run of {spec.name} took nearly {spec.timeout_seconds} s, its timeout.",
            first="Find the slow call: `faultline trace TASK`, or X-Ray.",
            watches=of_function(settings, spec.name, "Duration", "Maximum"),
            at_least=NEAR_TIMEOUT * spec.timeout_seconds * 1000,
        )
