"""Progress of the demonstration: a live table in a terminal, plain lines elsewhere."""

from collections import Counter, deque
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from faultline.cli.demonstration.watch import Event
from faultline.cli.display import COLORS

STATES = ("PENDING", "QUEUED", "PROCESSING", "RETRYING", "PARKED", "SUCCEEDED", "DEAD_LETTERED")
LINES_SHOWN = 14


class Screen:
    """Context manager that displays the events of tasks as they happen."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._states: Counter[str] = Counter()
        self._lines: deque[Text] = deque(maxlen=LINES_SHOWN)
        self._live = Live(console=console, refresh_per_second=8) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, events: list[Event], tasks: dict[str, dict[str, Any]]) -> None:
        """Show new events, and the number of tasks in each state."""
        self._states = Counter(task["status"] for task in tasks.values())
        for event in events:
            line = _line(event)
            if line and self._live:
                self._lines.append(line)
            elif line:
                self._console.print(line, soft_wrap=True)
        if self._live:
            self._live.update(self._picture())

    def _picture(self) -> Group:
        table = Table(box=None, pad_edge=False, show_header=False)
        for state in STATES:
            count = self._states[state]
            bar = ProgressBar(total=self._total, completed=count, width=40, complete_style=COLORS[state])
            table.add_row(Text(state, style=COLORS[state]), str(count), bar)
        return Group(Panel(table, title=f"{self._total} tasks", title_align="left"), *self._lines)


def _line(event: Event) -> Text | None:
    """Describe an event; None if it is not shown, such as a success without retries."""
    entry, task = event.entry, event.task
    text = Text(f"{entry['at'][11:23]}  {task['taskId']:<26} ")
    status, error = entry["status"], entry.get("error")
    if status == "RETRYING" and error:
        text.append(f"attempt {entry['attempt']} failed: {error['category']}", style=COLORS[status])
        text.append(f", again in {entry['retryDelaySeconds']} s")
    elif status == "DEAD_LETTERED" and error:
        text.append(f"dead-lettered: {error['category']}", style=COLORS[status])
        text.append(f" after attempt {task['attempts']} of {task['maxAttempts']}")
    elif status == "PARKED" and "circuit" in entry:
        text.append("parked: the circuit is open", style=COLORS[status])
    elif "generation" in entry:
        text.append(f"redriven: generation {entry['generation']} begins", style=COLORS["QUEUED"])
    elif status == "SUCCEEDED" and (task["attempts"] > 1 or task["generation"] > 0):
        text.append(f"succeeded with attempt {task['attempts']}", style=COLORS[status])
        text.append(f" of generation {task['generation']}" if task["generation"] else "")
    else:
        return None
    return text
