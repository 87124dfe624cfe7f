"""Putting a PENDING task on its queue: the message first, and then the note that it was sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.task import Task
from lambdas.messaging.queues import TaskQueue
from lambdas.store.table import TaskTable
from lambdas.telemetry import tracing
from lambdas.telemetry.logs import about, logger


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    """Sends tasks that are PENDING.

    Attributes:
        now: the time.
    """

    table: TaskTable
    queue: TaskQueue
    now: Callable[[], datetime]

    def dispatch(self, task: Task) -> Task:
        """Send the task's message and note it; when this returns, the message is on the queue.

        Returns:
            The task as it is then.

        Raises:
            ClientError, BotoCoreError: the queue refuses or is away; the task stays PENDING, and
                release_tasks sends it later.
        """
        with tracing.continued(task.trace_header):
            return self._dispatch(task)

    def _dispatch(self, task: Task) -> Task:
        self.queue.send(task)
        try:
            return self.table.queued(task, at=self.now())
        except (ClientError, BotoCoreError) as error:
            # The message is sent all the same; a task is claimed from PENDING, too.
            logger.warning("QUEUED not noted", **about(task), reason=str(error))
            return task
