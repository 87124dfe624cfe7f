"""The figures of the table: their names, units and definitions."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number that a measure yields.

    Attributes:
        plot: The plot that shows the figure. Figures of the same plot have the same unit.
        within: The name within the plot, if the plot has several figures.
    """

    key: str
    plot: str
    title: str
    unit: str
    better: Literal["lower", "higher"]
    definition: str
    within: str = ""

    @property
    def label(self) -> str:
        """The name of the figure's row in the table."""
        return f"{self.title}, {self.within}" if self.within else self.title

    def best(self, values: dict[str, float]) -> str | None:
        """Return the emulator with the best value; None if there is only one value or a tie."""
        if len(values) < 2:
            return None
        best = (min if self.better == "lower" else max)(values.values())
        winners = [name for name, value in values.items() if value == best]
        return winners[0] if len(winners) == 1 else None


def _percentiles(key: str, title: str, definition: str) -> tuple[Figure, Figure]:
    p50, p99 = (
        Figure(
            key=f"{key}_{within}_ms",
            plot=key,
            title=title,
            unit="ms",
            better="lower",
            definition=definition,
            within=within,
        )
        for within in ("p50", "p99")
    )
    return p50, p99


FIGURES = (
    Figure(
        key="ready_s",
        plot="start",
        title="Start",
        within="until it answers",
        unit="s",
        better="lower",
        definition="From the start of the process until its health page responds.",
    ),
    Figure(
        key="deployed_s",
        plot="start",
        title="Start",
        within="until the stack is deployed",
        unit="s",
        better="lower",
        definition="From the start of the process until the stack is CREATE_COMPLETE, with the project's own "
        "deployment and an artifact that was built before.",
    ),
    *_percentiles(
        "cold_invoke",
        "Cold invoke",
        "The first invocation of a function that was just created from the artifact: manage_tasks, for a "
        "task that does not exist, which reads the table once.",
    ),
    *_percentiles(
        "warm_invoke", "Warm invoke", "The same invocation of a warm function, repeated one after another."
    ),
    *_percentiles(
        "idle_task_recorded",
        "One task while idle, by its record",
        "From the submission to SUCCEEDED, by the times in the task's history; one task at a time, with "
        "pauses of 2 to 3 s.",
    ),
    *_percentiles(
        "idle_task_seen",
        "One task while idle, as its client sees it",
        "The same tasks, from the 202 until a client that reads the record every 20 ms sees SUCCEEDED.",
    ),
    *_percentiles(
        "retry_error",
        "Error of the retry delay",
        "The deviation of the next attempt's start, early or late, from the delay in the history (1 s, "
        "then 2 s, plus jitter). The tasks fail twice and are submitted at once, after as many tasks that "
        "do not fail, so that cold starts are not included.",
    ),
    Figure(
        key="submissions_per_s",
        plot="submissions",
        title="Submissions",
        unit="/s",
        better="higher",
        definition="POST /tasks with status 202, from 8 clients, while the mapping of the queue is disabled.",
    ),
    *_percentiles("submission", "Submission", "The same submissions, as their clients see them."),
    Figure(
        key="drain_per_s",
        plot="drain",
        title="Tasks from a full queue",
        unit="/s",
        better="higher",
        definition="The submitted tasks, from the first PROCESSING to the last end, by their histories.",
    ),
    Figure(
        key="tasks_per_s",
        plot="tasks",
        title="Tasks end to end",
        unit="/s",
        better="higher",
        definition="As many tasks, processed while they are submitted from 8 clients: their number divided "
        "by the time from the first submission to the last end.",
    ),
    Figure(
        key="telemetry_cost_percent",
        plot="telemetry_cost",
        title="Cost of telemetry",
        unit="%",
        better="lower",
        definition="How much fewer tasks end per second with logs, metrics and traces than without them in "
        "the functions that submit and process tasks. A quarter of the tasks is processed with them, then a "
        "quarter without, in twenty such pairs; this is their median.",
    ),
    Figure(
        key="slow_tasks_per_s",
        plot="slow_tasks",
        title="Slow tasks end to end",
        unit="/s",
        better="higher",
        definition="Tasks end to end, as above, with at most 100 tasks that each wait for 200 ms, as for a "
        "slow dependency. This shows the gain of processing message groups in parallel, of which the mapping "
        "allows ten.",
    ),
    Figure(
        key="memory_idle_mb",
        plot="memory",
        title="Memory",
        within="idle",
        unit="MB",
        better="lower",
        definition="Proportional set size of all its processes (resident size where the system does not "
        "provide it), while idle, after some tasks were done one by one.",
    ),
    Figure(
        key="memory_peak_mb",
        plot="memory",
        title="Memory",
        within="peak",
        unit="MB",
        better="lower",
        definition="The maximum of two samples a second while tasks are submitted and processed.",
    ),
    Figure(
        key="task_memory_kb",
        plot="task_memory",
        title="Memory of a finished task",
        unit="KB",
        better="lower",
        definition="What the emulator's own process has grown by for each of as many tasks that succeed, "
        "with their logs, metrics and traces.",
    ),
    *_percentiles(
        "list_of_many",
        "List of 50 among 100,000 tasks",
        "GET /tasks?limit=50, one after the other, while the table has 100,000 records.",
    ),
    *_percentiles("submission_to_few", "Submission by one client", "POST /tasks, one after the other."),
    *_percentiles(
        "submission_to_many",
        "Submission by one client, with 100,000 tasks",
        "The same while the table has 100,000 records.",
    ),
    Figure(
        key="tasks_among_many_per_s",
        plot="tasks_among_many",
        title="Tasks end to end, with 100,000 tasks",
        unit="/s",
        better="higher",
        definition="Tasks end to end, as above, while the table has 100,000 records.",
    ),
    Figure(
        key="slow_tasks_among_many_per_s",
        plot="slow_tasks_among_many",
        title="Slow tasks end to end, with 100,000 tasks",
        unit="/s",
        better="higher",
        definition="Slow tasks end to end, as above, while the table has 100,000 records.",
    ),
    Figure(
        key="cpu_idle_percent",
        plot="cpu",
        title="CPU while idle",
        unit="% of a core",
        better="lower",
        definition="CPU time of all its processes while idle, except for the work that runs each minute.",
    ),
)


def plots() -> dict[str, tuple[Figure, ...]]:
    """Return the figures by plot, both in the order of the table."""
    return {
        plot: tuple(each for each in FIGURES if each.plot == plot)
        for plot in dict.fromkeys(figure.plot for figure in FIGURES)
    }
