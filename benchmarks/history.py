"""Times in the history of a task, as the API returns it; all in seconds."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

ENDED = frozenset({"SUCCEEDED", "DEAD_LETTERED", "CANCELLED"})

Task = Mapping[str, Any]


def moment(text: str) -> float:
    """An RFC 3339 time as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def submitted(task: Task) -> float:
    return moment(task["submittedAt"])


def first(task: Task, status: str) -> float:
    """When the task first came into a state. Raises StopIteration when it never did."""
    return next(moment(entry["at"]) for entry in task["history"] if entry["status"] == status)


def ended(task: Task) -> float:
    """When it last came into a state that ends it. Raises StopIteration when it has not."""
    return next(moment(entry["at"]) for entry in reversed(task["history"]) if entry["status"] in ENDED)


def retry_errors(task: Task) -> Iterator[float]:
    """Of each retry: how much later the next attempt began than it was to; negative when earlier."""
    for before, after in pairwise(task["history"]):
        if before["status"] == "RETRYING" and after["status"] == "PROCESSING":
            yield moment(after["at"]) - moment(before["at"]) - before["retryDelaySeconds"]
