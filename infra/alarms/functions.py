"""Alarms on failures of each function, and on runs of process_task that come close to its timeout.

Throttles and the durations of other functions have no alarms, because AWS bills each metric of an alarm
(https://aws.amazon.com/cloudwatch/pricing/), and other alarms fire for the same reasons: a throttled
submit_task or manage_tasks answers 5xx (`api-errors`), messages wait for a throttled process_task or
monitor_dlq (`task-queue-age`, `dead-letter-queue-age`), and a throttled release_tasks is not invoked
(`release-schedule-silent`). A run that reaches its timeout is an error. Only process_task runs work of
unknown length, so a warning before the timeout is useful for it alone.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Iterable, Iterator

from infra.alarms.alarm import Alarm
from infra.alarms.signals import of_function
from infra.stack.functions import FunctionSpec
from infra.stages import StageSettings

NEAR_TIMEOUT = 0.9
"""The share of the timeout at which a run counts as too long."""


def function_alarms(settings: StageSettings, specs: Iterable[FunctionSpec]) -> Iterator[Alarm]:
    """Yield an alarm on the errors of each function, and one on the duration of process_task.

    The alarm on the duration watches the longest run instead of a percentile: a run that reaches the timeout
    is already an error, so a single run that comes close is the warning.
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
        if spec.name == "process_task":
            yield Alarm(
                name=f"{name}-duration",
                meaning=f"A run of {spec.name} took nearly {spec.timeout_seconds} s, its timeout.",
                first="Find the slow call: `faultline trace TASK`, or X-Ray.",
                watches=of_function(settings, spec.name, "Duration", "Maximum"),
                at_least=NEAR_TIMEOUT * spec.timeout_seconds * 1000,
            )
