"""The dashboard `performance`: durations, throughput, concurrency, cold starts and memory."""

from collections.abc import Iterable

from infra.alarms.signals import of_api, of_table, of_task_queue
from infra.dashboards.lines import ShownKind, by_function, by_kind, by_stat, counted_by_function, line
from infra.dashboards.widgets import Dashboard, Graph
from infra.stages import StageSettings
from lambdas.telemetry.metrics import Metric

OPERATIONS = ("GetItem", "PutItem", "UpdateItem", "Query")
MILLISECONDS = "ms"


def performance(settings: StageSettings, kinds: Iterable[ShownKind]) -> Dashboard:
    """Return the dashboard, from the outside in: API, tasks, functions, queue and table."""
    percentiles = ("p50", "p99")
    table = settings.task_table_name
    return Dashboard(
        name="performance",
        widgets=[
            Graph(
                title="API: time to answer",
                lines=[
                    *(line(stat, of_api(settings, "Latency", stat)) for stat in percentiles),
                    *(
                        line(f"{stat} in functions", of_api(settings, "IntegrationLatency", stat))
                        for stat in percentiles
                    ),
                ],
                unit=MILLISECONDS,
            ),
            Graph(
                title="API: requests",
                lines=[line("requests", of_api(settings, "Count", "SampleCount"))],
                unit="requests",
            ),
            Graph(
                title="Tasks done",
                lines=by_kind(settings, kinds, Metric.TASKS_SUCCEEDED),
                unit="tasks",
                stacked=True,
            ),
            Graph(
                title="From the submission to the first attempt",
                lines=by_stat(settings, Metric.QUEUE_LATENCY, *percentiles),
                unit=MILLISECONDS,
            ),
            Graph(
                title="Attempts",
                lines=by_stat(settings, Metric.PROCESSING_TIME, *percentiles),
                unit=MILLISECONDS,
            ),
            Graph(
                title="From the submission to success",
                lines=by_stat(settings, Metric.END_TO_END_TIME, *percentiles),
                unit=MILLISECONDS,
            ),
            Graph(
                title="Attempts by kind, p99",
                lines=by_kind(settings, kinds, Metric.PROCESSING_TIME, "p99"),
                unit=MILLISECONDS,
            ),
            Graph(title="Functions, p50", lines=by_function(settings, "Duration", "p50"), unit=MILLISECONDS),
            Graph(title="Functions, p99", lines=by_function(settings, "Duration", "p99"), unit=MILLISECONDS),
            Graph(
                title="Functions that run at once",
                lines=by_function(settings, "ConcurrentExecutions", "Maximum"),
                unit="environments",
            ),
            Graph(
                title="Cold starts",
                lines=counted_by_function(settings, Metric.COLD_START_TIME, "SampleCount"),
                unit="environments",
                stacked=True,
            ),
            Graph(
                title="Cold starts, p99",
                lines=counted_by_function(settings, Metric.COLD_START_TIME, "p99"),
                unit=MILLISECONDS,
            ),
            Graph(
                title="Memory, the most",
                lines=counted_by_function(settings, Metric.MEMORY_USED, "Maximum"),
                unit="% of the function's",
            ),
            Graph(
                title="Oldest message",
                lines=[line("tasks", of_task_queue(settings, "ApproximateAgeOfOldestMessage", "Maximum"))],
                unit="seconds",
            ),
            Graph(
                title="Task table: time to answer",
                lines=[
                    line(
                        operation,
                        of_table(table, "SuccessfulRequestLatency", "Average", Operation=operation),
                    )
                    for operation in OPERATIONS
                ],
                unit=MILLISECONDS,
            ),
        ],
    )
