"""The dashboard `errors`: failures by category and kind, and their possible causes."""

from collections.abc import Iterable

from infra.alarms.services import THROTTLES
from infra.alarms.signals import counted, of_api, of_dlq, of_table
from infra.alarms.tasks import failed_percent
from infra.dashboards.lines import ShownKind, by_category, by_function, by_kind, line
from infra.dashboards.widgets import Dashboard, Graph, Line
from infra.stack.table import INDEXES
from infra.stages import StageSettings
from lambdas.telemetry.metrics import STATE, Metric

STATES = ("OPEN", "HALF_OPEN", "CLOSED")


def errors(settings: StageSettings, kinds: Iterable[ShownKind]) -> Dashboard:
    """Return the dashboard: failures by category and kind, then the services that may have caused them."""
    table = settings.task_table_name
    throttles = [
        (f"{metric.removesuffix('ThrottleEvents')} {index or 'table'}", metric, index)
        for metric in THROTTLES
        for index in (None, *INDEXES)
    ]
    return Dashboard(
        name="errors",
        widgets=[
            Graph(
                title="Given up, by category",
                lines=by_category(settings, Metric.DEAD_LETTERS),
                unit="tasks",
                stacked=True,
            ),
            Graph(
                title="Given up, by kind",
                lines=by_kind(settings, kinds, Metric.DEAD_LETTERS),
                unit="tasks",
                stacked=True,
            ),
            Graph(
                title="Failed attempts",
                lines=[Line(label="failed", shows=failed_percent(settings, of_at_least=1))],
                unit="%",
            ),
            Graph(
                title="Retries, by category",
                lines=by_category(settings, Metric.RETRIES),
                unit="attempts",
                stacked=True,
            ),
            Graph(
                title="Retries, by kind",
                lines=by_kind(settings, kinds, Metric.RETRIES),
                unit="attempts",
                stacked=True,
            ),
            Graph(
                title="Dead-letter queue",
                lines=[
                    line("wait", of_dlq(settings, "ApproximateNumberOfMessagesVisible", "Maximum")),
                    line("age in seconds", of_dlq(settings, "ApproximateAgeOfOldestMessage", "Maximum")),
                ],
                unit="messages",
            ),
            Graph(
                title="Circuits, by the state that they changed to",
                lines=[
                    line(state, counted(settings, Metric.CIRCUIT_STATE_CHANGES, **{STATE: state}))
                    for state in STATES
                ],
                unit="changes",
            ),
            Graph(title="Functions that fail", lines=by_function(settings, "Errors"), unit="invocations"),
            Graph(title="Functions throttled", lines=by_function(settings, "Throttles"), unit="invocations"),
            Graph(
                title="API",
                lines=[line("4xx", of_api(settings, "4XXError")), line("5xx", of_api(settings, "5XXError"))],
                unit="requests",
            ),
            Graph(
                title="Task table throttled",
                lines=[
                    line(
                        label, of_table(table, metric, **{"GlobalSecondaryIndexName": index} if index else {})
                    )
                    for label, metric, index in throttles
                ],
                unit="events",
            ),
            Graph(
                title="Circuit table throttled",
                lines=[
                    line(metric.removesuffix("ThrottleEvents"), of_table(settings.circuit_table_name, metric))
                    for metric in THROTTLES
                ],
                unit="events",
            ),
        ],
    )
