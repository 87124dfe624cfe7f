"""Present states of the task list's rows, also of those that are not on the page just read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from faultline.client.api import task_path
from faultline.client.errors import InvalidTaskId
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.readings import read_all

type Task = dict[str, Any]

GONE = "GONE"
"""Status of a row whose task no longer exists."""
PAST = "isPast"
"""Field of a row whose task has left the page, and is read again with one of the next refreshes."""
_MOST_READS = 10
"""Maximum number of tasks to read in a refresh."""
_COLUMNS = ("taskId", "type", "status", "attempts", "maxAttempts", "submittedAt", "error")


@dataclass
class PresentRows:
    """Reader of the tasks of rows.

    A row whose task is not on the page, since newer tasks came or since it no longer matches the filters, is
    read by itself; the ones that were read least recently first.
    """

    frame: Frame
    _count: int = 0
    _read: dict[str, int] = field(default_factory=dict)

    async def read(self, rows: Iterable[Task], page: Iterable[Task]) -> dict[str, Task]:
        """Return the tasks of the rows and of the page in their present states, by their ids.

        Args:
            rows: The rows as they are shown.
            page: The tasks on the page that was just read.

        Raises:
            Unavailable: If the API does not respond, or returns an error.
        """
        known, self._count = {task["taskId"]: task for task in page}, self._count + 1
        absent = {row["taskId"]: row for row in rows if row["taskId"] not in known}
        self._read = {task_id: self._read.get(task_id, 0) for task_id in absent}
        due = sorted(absent, key=lambda task_id: self._read[task_id])[:_MOST_READS]
        for task in await read_all(*(self._present(absent[task_id]) for task_id in due)):
            known[task["taskId"]] = task
            self._read[task["taskId"]] = self._count
        for task_id, row in absent.items():
            if task_id not in known:
                known[task_id] = row if self._read[task_id] else {**row, PAST: True}
        return known

    async def _present(self, row: Task) -> Task:
        try:
            task = await self.frame.read(task_path(row["taskId"]))
        except InvalidTaskId:  # of a message that could not be read
            return {**row, PAST: True}
        except Unavailable as error:
            if error.status != 404:
                raise
            return {**row, "status": GONE}
        return {name: task[name] for name in _COLUMNS if name in task}
