"""Log lines of a single task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import boto3

from faultline.operations.logs import Line, LogReader
from infra.stages import StageSettings

MAX_LINES = 400
MAX_WINDOWS = 30
"""Maximum number of time windows to read, each with its own calls; older ones are left out."""
_BEFORE, _AFTER = timedelta(seconds=3), timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class TaskLog:
    """Log lines of a task, oldest first.

    Attributes:
        is_cut: Whether some lines were left out.
    """

    lines: Sequence[Line]
    is_cut: bool


def read_task_log(session: boto3.Session, settings: StageSettings, task: Mapping[str, Any]) -> TaskLog:
    """Read the log lines of a task.

    Only the times around the entries of its history are read, since a task may wait for days between two
    attempts.

    Args:
        session: Session for the calls to AWS.
        settings: Settings of the stage.
        task: The task as returned by the API, with its history.

    Raises:
        AwsUnavailable: If the log cannot be read.
    """
    times = windows(task["history"])
    lines = _lines(session, settings, task["taskId"], times[-MAX_WINDOWS:])
    found = [*islice(lines, MAX_LINES)]
    return TaskLog(lines=found, is_cut=len(times) > MAX_WINDOWS or next(lines, None) is not None)


def windows(history: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, datetime]]:
    """Return the time windows around the entries of a history, oldest first, merging those that overlap.

    Each attempt is covered from its start to its end.
    """
    found: list[tuple[datetime, datetime]] = []
    for number, entry in enumerate(history):
        begin = end = datetime.fromisoformat(entry["at"])
        if entry["status"] == "PROCESSING" and number + 1 < len(history):
            end = datetime.fromisoformat(history[number + 1]["at"])
        begin, end = begin - _BEFORE, end + _AFTER
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _lines(
    session: boto3.Session, settings: StageSettings, task_id: str, times: Sequence[tuple[datetime, datetime]]
) -> Iterator[Line]:
    for begin, end in times:
        reader = LogReader(session=session, settings=settings, since=begin, until=end, task_id=task_id)
        yield from reader.read()
