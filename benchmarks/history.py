"""Times from a task's record and its history, in seconds since 1970."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from lambdas.domain.lifecycle import Status

Task = Mapping[str, Any]
"""A task as the API returns it."""


def moment(text: str) -> float:
    """Return an RFC 3339 time as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def submitted(task: Task) -> float:
    """Return the time of the submission."""
    return moment(task["submittedAt"])


def first(task: Task, status: str) -> float:
    """Return the time when the task first had a status.

    Raises:
        StopIteration: If the task never had the status.
    """
    return next(moment(entry["at"]) for entry in task["history"] if entry["status"] == status)


def ended(task: Task) -> float:
    """Return the time when the task last ended.

    Raises:
        StopIteration: If the task has not ended.
    """
    return next(moment(entry["at"]) for entry in reversed(task["history"]) if Status(entry["status"]).ended)


def retry_errors(task: Task) -> Iterator[float]:
    """Yield each retry's deviation from its planned time in seconds, negative if it began early."""
    for before, after in pairwise(task["history"]):
        if before["status"] == "RETRYING" and after["status"] == "PROCESSING":
            yield moment(after["at"]) - moment(before["at"]) - before["retryDelaySeconds"]
