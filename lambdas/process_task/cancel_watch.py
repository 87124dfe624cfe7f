"""Detection of cancellation requests for a running task."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.task import Task
from lambdas.store.table import TaskTable
from lambdas.telemetry.logs import logger

READ_EVERY_SECONDS = 1.0


@dataclass(kw_only=True)
class CancelWatch:
    """Checks whether cancellation was requested, reading the task at most once a second.

    If the task cannot be read, the previous result is returned.

    Attributes:
        table: The task table.
        task: The task as it was claimed.
        clock: Function that returns the seconds of a monotonic clock.
    """

    table: TaskTable
    task: Task
    clock: Callable[[], float] = time.monotonic
    _requested: bool = field(default=False, init=False)
    _read_at: float | None = field(default=None, init=False)

    def __call__(self) -> bool:
        """Return whether a client has requested cancellation."""
        now = self.clock()
        if self._requested or (self._read_at is not None and now - self._read_at < READ_EVERY_SECONDS):
            return self._requested
        self._read_at = now
        try:
            found = self.table.get(self.task.task_id)
        except (ClientError, BotoCoreError) as error:
            logger.warning("cancellation request not read", reason=str(error))
        else:
            same = found is not None and found.version == self.task.version
            self._requested = same and found is not None and bool(found.cancel_requested)
        return self._requested
