"""The dashboard `tasks`: numbers of tasks by kind and state."""

from collections.abc import Iterable

from infra.alarms.signals import counted, of_task_queue
from infra.dashboards.lines import ShownKind, by_kind, line
from infra.dashboards.widgets import Dashboard, Graph
from infra.stages import StageSettings
from lambdas.telemetry.metrics import Metric


def tasks(settings: StageSettings, kinds: Iterable[ShownKind]) -> Dashboard:
    """Return the dashboard: a graph for each transition of tasks, by kind, and graphs of the queue."""

    def graph(title: str, metric: Metric, unit: str = "tasks") -> Graph:
        return Graph(title=title, lines=by_kind(settings, kinds, metric), unit=unit, stacked=True)

    return Dashboard(
        name="tasks",
        widgets=[
            graph("Accepted", Metric.TASKS_SUBMITTED),
            graph("Attempts", Metric.ATTEMPTS, "attempts"),
            graph("Succeeded", Metric.TASKS_SUCCEEDED),
            graph("Retries", Metric.RETRIES, "attempts"),
            graph("Given up", Metric.DEAD_LETTERS),
            graph("Redriven", Metric.TASKS_REDRIVEN),
            graph("Parked for a circuit", Metric.TASKS_PARKED),
            graph("Queued by release_tasks", Metric.TASKS_RELEASED),
            Graph(
                title="Releases of one task, the most",
                lines=by_kind(settings, kinds, Metric.ROUND_TRIPS, "Maximum"),
                unit="releases",
            ),
            Graph(
                title="Lateness of release_tasks",
                lines=[line("the oldest due task", counted(settings, Metric.RELEASE_LAG, "Maximum"))],
                unit="seconds",
            ),
            graph("Cancelled", Metric.TASKS_CANCELLED),
            graph("Expired", Metric.TASKS_EXPIRED),
            Graph(
                title="Submissions that were there before",
                lines=[
                    line("the same task", counted(settings, Metric.DUPLICATE_SUBMISSIONS)),
                    line("another task", counted(settings, Metric.CONFLICTING_SUBMISSIONS)),
                ],
                unit="submissions",
            ),
            Graph(
                title="Task queue",
                lines=[
                    line("wait", of_task_queue(settings, "ApproximateNumberOfMessagesVisible", "Maximum")),
                    line(
                        "in flight",
                        of_task_queue(settings, "ApproximateNumberOfMessagesNotVisible", "Maximum"),
                    ),
                ],
                unit="messages",
            ),
            Graph(
                title="Messages of tasks",
                lines=[
                    line("sent", of_task_queue(settings, "NumberOfMessagesSent", "Sum")),
                    line("received", of_task_queue(settings, "NumberOfMessagesReceived", "Sum")),
                    line("deleted", of_task_queue(settings, "NumberOfMessagesDeleted", "Sum")),
                ],
                unit="messages",
            ),
        ],
    )
