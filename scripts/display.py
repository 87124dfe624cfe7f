"""Tasks as people read them."""

from typing import Any

from rich.table import Table
from rich.text import Text

COLORS = {
    "PENDING": "dim",
    "QUEUED": "cyan",
    "PROCESSING": "blue",
    "RETRYING": "yellow",
    "SUCCEEDED": "green",
    "DEAD_LETTERED": "red",
}


def status(value: str) -> Text:
    return Text(value, style=COLORS.get(value, ""))


def task_table(tasks: list[dict[str, Any]]) -> Table:
    table = Table("task", "type", "status", "attempts", "error", "submitted", box=None, pad_edge=False)
    for task in tasks:
        error = task.get("error") or {}
        table.add_row(
            task["taskId"],
            task["type"],
            status(task["status"]),
            f"{task['attempts']}/{task['maxAttempts']}",
            error.get("category", ""),
            task["submittedAt"],
        )
    return table


def history_table(task: dict[str, Any]) -> Table:
    table = Table("at", "status", "attempt", "what happened", box=None, pad_edge=False)
    for entry in task["history"]:
        error = entry.get("error")
        said = f"{error['category']}: {error['message']}" if error else ""
        if "retryDelaySeconds" in entry:
            said += f" (retry in {entry['retryDelaySeconds']} s)"
        table.add_row(entry["at"], status(entry["status"]), str(entry.get("attempt", "")), said)
    return table
