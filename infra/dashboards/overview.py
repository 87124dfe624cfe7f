"""The dashboard `overview`: the health of the system."""

from collections.abc import Sequence

from infra.alarms.signals import counted, of_api, of_dlq, of_task_queue
from infra.alarms.tasks import failed_percent
from infra.dashboards.lines import by_function, line
from infra.dashboards.widgets import AlarmStates, Dashboard, Graph, Line
from infra.stages import StageSettings
from lambdas.telemetry.metrics import STATE, Metric


def overview(settings: StageSettings, alarms: Sequence[str]) -> Dashboard:
    """Return the dashboard: the states of all alarms, and graphs of the most important signals.

    Args:
        settings: The stage.
        alarms: Full names of the alarms.
    """
    flow = [
        line("accepted", counted(settings, Metric.TASKS_SUBMITTED)),
        line("succeeded", counted(settings, Metric.TASKS_SUCCEEDED)),
        line("given up", counted(settings, Metric.DEAD_LETTERS)),
    ]
    return Dashboard(
        name="overview",
        widgets=[
            AlarmStates(title="Alarms", names=alarms),
            Graph(title="Tasks, this minute", lines=flow, unit="tasks", view="singleValue"),
            Graph(title="Tasks", lines=flow, unit="tasks"),
            Graph(
                title="Failed attempts",
                lines=[Line(label="failed", shows=failed_percent(settings, of_at_least=1))],
                unit="%",
            ),
            Graph(
                title="Messages that wait",
                lines=[
                    line("tasks", of_task_queue(settings, "ApproximateNumberOfMessagesVisible", "Maximum")),
                    line("dead letters", of_dlq(settings, "ApproximateNumberOfMessagesVisible", "Maximum")),
                ],
                unit="messages",
            ),
            Graph(
                title="Oldest message",
                lines=[
                    line("tasks", of_task_queue(settings, "ApproximateAgeOfOldestMessage", "Maximum")),
                    line("dead letters", of_dlq(settings, "ApproximateAgeOfOldestMessage", "Maximum")),
                ],
                unit="seconds",
            ),
            Graph(
                title="API",
                lines=[
                    line("requests", of_api(settings, "Count", "SampleCount")),
                    line("4xx", of_api(settings, "4XXError")),
                    line("5xx", of_api(settings, "5XXError")),
                ],
                unit="requests",
            ),
            Graph(title="Functions that fail", lines=by_function(settings, "Errors"), unit="invocations"),
            Graph(title="Invocations", lines=by_function(settings, "Invocations"), unit="invocations"),
            Graph(
                title="Circuits that opened",
                lines=[line("opened", counted(settings, Metric.CIRCUIT_STATE_CHANGES, **{STATE: "OPEN"}))],
                unit="circuits",
            ),
        ],
    )
