"""Every figure of the table: what it is called, its unit, which is better, and how it is defined."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number that a measure yields.

    Attributes:
        plot: the plot that shows it; figures of one plot share a unit.
        within: what distinguishes it from the others of its plot, if there are any.
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
        return f"{self.title}, {self.within}" if self.within else self.title

    def best(self, values: dict[str, float]) -> str | None:
        """Whose value is best; None where there is none to compare with, or the best is shared."""
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
        definition="From starting the process until its health page answers.",
    ),
    Figure(
        key="deployed_s",
        plot="start",
        title="Start",
        within="until the stack is deployed",
        unit="s",
        better="lower",
        definition="From starting the process until the stack is CREATE_COMPLETE, by the project's own "
        "deployment; the artifact has been built before.",
    ),
    *_percentiles(
        "cold_invoke",
        "Cold invoke",
        "The first invocation of a function that was just created from the artifact: manage_tasks asked for "
        "a task that is unknown, which reads the table once.",
    ),
    *_percentiles("warm_invoke", "Warm invoke", "The same again, one after another, once it is warm."),
    *_percentiles(
        "idle_task_recorded",
        "One task while idle, by its record",
        "From its submission to SUCCEEDED, by the times in its history; one task at a time, with a pause of "
        "2 to 3 s between them.",
    ),
    *_percentiles(
        "idle_task_seen",
        "One task while idle, as its client sees it",
        "The same tasks, from the 202 until a client that reads the record each 20 ms sees SUCCEEDED.",
    ),
    *_percentiles(
        "retry_error",
        "Error of the retry delay",
        "How far from the delay that was asked for (RETRYING in the history, 1 s then 2 s, and jitter) "
        "the next attempt begins, earlier or later; tasks that fail twice, all submitted at once, after as "
        "many that do not, so that no cold start is part of it.",
    ),
    Figure(
        key="submissions_per_s",
        plot="submissions",
        title="Submissions",
        unit="/s",
        better="higher",
        definition="POST /tasks answered 202, from 8 clients, while the mapping of the queue is disabled.",
    ),
    *_percentiles("submission", "Submission", "The same submissions, as their clients see them."),
    Figure(
        key="drain_per_s",
        plot="drain",
        title="Tasks from a full queue",
        unit="/s",
        better="higher",
        definition="The tasks submitted so, from the first PROCESSING to the last end, by their histories.",
    ),
    Figure(
        key="tasks_per_s",
        plot="tasks",
        title="Tasks end to end",
        unit="/s",
        better="higher",
        definition="As many tasks again, processed while they are submitted from 8 clients: their number by "
        "the time from the first submission to the last end.",
    ),
    Figure(
        key="silent_tasks_per_s",
        plot="silent_tasks",
        title="Tasks end to end without telemetry",
        unit="/s",
        better="higher",
        definition="The same with logs, metrics and traces turned off in the functions that submit and "
        "process: what they cost is the difference to the row before.",
    ),
    Figure(
        key="slow_tasks_per_s",
        plot="slow_tasks",
        title="Slow tasks end to end",
        unit="/s",
        better="higher",
        definition="The same of at most 100 tasks that each wait for 200 ms, as for a slow dependency: what "
        "running message groups side by side gains, of which the mapping allows ten.",
    ),
    Figure(
        key="memory_idle_mb",
        plot="memory",
        title="Memory",
        within="idle",
        unit="MB",
        better="lower",
        definition="Proportional set size of all its processes (resident size where the system has no such), "
        "when some tasks have been done one by one and nothing is to be done.",
    ),
    Figure(
        key="memory_peak_mb",
        plot="memory",
        title="Memory",
        within="peak",
        unit="MB",
        better="lower",
        definition="The most that was found, looking twice a second while tasks are submitted and processed.",
    ),
    Figure(
        key="cpu_idle_percent",
        plot="cpu",
        title="CPU while idle",
        unit="% of a core",
        better="lower",
        definition="Of all its processes, while nothing is to be done but what runs each minute.",
    ),
)

BY_KEY = {figure.key: figure for figure in FIGURES}


def plots() -> dict[str, tuple[Figure, ...]]:
    """The figures by their plots, both in the order of the table."""
    return {
        plot: tuple(each for each in FIGURES if each.plot == plot)
        for plot in dict.fromkeys(figure.plot for figure in FIGURES)
    }
