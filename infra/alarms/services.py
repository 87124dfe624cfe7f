"""Alarms on what the functions live on: the tables, the API, the schedule."""

from collections.abc import Iterable

from infra.alarms.alarm import MINUTE, Alarm
from infra.alarms.signals import Expression, Signal, of_api, of_function, of_table
from infra.stack.table import INDEXES
from infra.stages import StageSettings

THROTTLES = ("ReadThrottleEvents", "WriteThrottleEvents")
"""By table, and by index, whose events are not the table's. ThrottledRequests is by operation too, and counts
a request once, whatever of it was throttled:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
A table on demand is throttled as well, beyond twice its former peak, or at a hot key:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""


def service_alarms(settings: StageSettings) -> tuple[Alarm, ...]:
    """Those of a stage."""
    tasks, circuits = f"{settings.stack_name}-tasks", settings.circuit_table_name
    thresholds = settings.thresholds
    return (
        _throttled(settings, "task-table-throttles", tasks, INDEXES),
        _throttled(settings, "circuit-table-throttles", circuits, ()),
        Alarm(
            name="api-errors",
            meaning=f"The API answered {thresholds.api_errors} requests or more with a 5xx.",
            first="See on the dashboard `errors` whether a function fails, or a table or queue refuses.",
            watches=of_api(settings, "5XXError"),
            at_least=thresholds.api_errors,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="release-schedule-silent",
            meaning="release_tasks was not started: what is scheduled, parked or unsent waits.",
            first="See whether the rule is enabled, and whether release_tasks is throttled.",
            watches=of_function(settings, "release_tasks", "Invocations"),
            below=1,
            period=MINUTE,
            periods=thresholds.silent_minutes,
            # A function that is not invoked has no metric: that there is none is what this is about.
            missing="breaching",
        ),
    )


def _throttled(settings: StageSettings, name: str, table: str, indexes: Iterable[str]) -> Alarm:
    thresholds = settings.thresholds
    return Alarm(
        name=name,
        meaning=f"DynamoDB throttled {thresholds.table_throttles} reads or writes of {table} or more.",
        first="See on the dashboard `errors` which are, of the table or of an index.",
        # Of none of them there is data while nothing is throttled.
        watches=Expression(text="SUM(METRICS())", metrics=dict(_events(table, indexes))),
        at_least=thresholds.table_throttles,
        period=thresholds.window_seconds,
    )


def _events(table: str, indexes: Iterable[str]) -> Iterable[tuple[str, Signal]]:
    for metric in THROTTLES:
        id = metric[0].lower() + metric[1:]
        yield id, of_table(table, metric)
        for number, index in enumerate(indexes):
            yield f"{id}{number}", of_table(table, metric, GlobalSecondaryIndexName=index)
