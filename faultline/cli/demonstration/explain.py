"""Last part of the demonstration: the X-Ray trace of one task."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console

from faultline.cli.demonstration.report import Tasks
from faultline.cli.trace.waterfall import waterfall
from faultline.operations.errors import OperationFailed
from faultline.operations.spans import Span

MAX_WAIT_SECONDS = 20.0
"""Maximum time in seconds to wait for the trace, since X-Ray returns segments with some delay."""

type ReadTrace = Callable[[str], list[Span]]


def show_trace(console: Console, tasks: Tasks, read: ReadTrace) -> list[str]:
    """Draw the trace of the task that needed the most attempts to succeed.

    Returns:
        A line for each broken promise; every attempt must be in the trace.
    """
    traced = [task for task in tasks.values() if task["status"] == "SUCCEEDED" and "traceId" in task]
    if not traced:
        console.print("\nX-Ray did not sample any of these tasks, so there is no trace to show.")
        return []
    task = max(traced, key=lambda each: int(each["attempts"]))
    spans = _read_until(read, task["traceId"], task["attempts"])
    console.print(f"\n[bold]One task's trace[/]: {task['taskId']}, from X-Ray")
    if spans:
        console.print(waterfall(spans, console.width), soft_wrap=True)
    attempts = _attempts(spans)
    if len(attempts) < task["attempts"]:
        return [f"{task['taskId']} made {task['attempts']} attempts, and its trace shows {len(attempts)}"]
    return []


def _read_until(read: ReadTrace, trace_id: str, attempts: int) -> Sequence[Span]:
    """Read a trace until it has the given number of attempts, for at most MAX_WAIT_SECONDS."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        try:
            spans = read(trace_id)
        except OperationFailed:
            spans = []
        if len(_attempts(spans)) >= attempts or time.monotonic() > deadline:
            return spans
        time.sleep(0.5)


def _attempts(spans: Sequence[Span]) -> list[Span]:
    return [span for span in spans if "attempt" in span.annotations and span.end is not None]
