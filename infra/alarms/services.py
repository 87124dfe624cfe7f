"""Alarms on throttled tables, API errors, the functions' memory and the release schedule."""

from collections.abc import Iterable, Sequence

from infra.alarms.alarm import MINUTE, Alarm
from infra.alarms.signals import Expression, Signal, counted, of_api, of_function, of_table
from infra.stack.table import INDEXES, READ_INDEXES
from infra.stages import StageSettings
from lambdas.telemetry.metrics import Metric

THROTTLES = ("ReadThrottleEvents", "WriteThrottleEvents")
"""Metrics of throttled events, reported separately for a table and for each of its indexes.

ThrottledRequests, in contrast, is reported for each operation, and counts a request once even if several of
its events are throttled:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
On-demand tables are throttled too, beyond twice their previous peak, or at a hot key:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""


def service_alarms(settings: StageSettings) -> tuple[Alarm, ...]:
    """Return the alarms on a stage's tables, API, function memory and release schedule."""
    tasks, circuits = settings.task_table_name, settings.circuit_table_name
    thresholds = settings.thresholds
    return (
        _throttled(settings, "task-table-throttles", tasks, READ_INDEXES, tuple(INDEXES)),
        _throttled(settings, "circuit-table-throttles", circuits, (), ()),
        Alarm(
            name="api-errors",
            meaning=f"The API answered at least {thresholds.api_errors} requests with a 5xx status.",
            first="`faultline dashboard errors` shows whether a function, a table or a queue causes them.",
            watches=of_api(settings, "5XXError"),
            at_least=thresholds.api_errors,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="function-memory",
            meaning=f"A function has used at least {thresholds.memory_percent} % of its memory. A "
            "function that exceeds its memory is killed in the middle of its work.",
            first="`faultline dashboard performance` shows which function it is, and since when.",
            watches=counted(settings, Metric.MEMORY_USED, "Maximum"),
            at_least=thresholds.memory_percent,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="release-schedule-silent",
            meaning="release_tasks was not started, so scheduled, parked and unsent tasks wait.",
            first="Check whether the rule is enabled, and whether release_tasks is throttled.",
            watches=of_function(settings, "release_tasks", "Invocations"),
            below=1,
            period=MINUTE,
            periods=thresholds.silent_minutes,
            # A function that is not invoked has no data, which is exactly the case to alert on.
            missing="breaching",
        ),
    )


def _throttled(
    settings: StageSettings, name: str, table: str, read: Sequence[str], written: Sequence[str]
) -> Alarm:
    thresholds = settings.thresholds
    return Alarm(
        name=name,
        meaning=f"DynamoDB throttled at least {thresholds.table_throttles} reads or writes of {table}.",
        first="`faultline dashboard errors` shows whether the table or one of its indexes is throttled.",
        # None of these metrics has data while nothing is throttled.
        watches=Expression(text="SUM(METRICS())", metrics=dict(_events(table, read, written))),
        at_least=thresholds.table_throttles,
        period=thresholds.window_seconds,
    )


def _events(table: str, read: Sequence[str], written: Sequence[str]) -> Iterable[tuple[str, Signal]]:
    """Yield the throttle metrics of a table and its indexes, by id. An alarm may have ten, each billed.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    """
    for metric, indexes in zip(THROTTLES, (read, written), strict=True):
        id = metric[0].lower() + metric[1:]
        yield id, of_table(table, metric)
        for number, index in enumerate(indexes):
            yield f"{id}{number}", of_table(table, metric, GlobalSecondaryIndexName=index)
