"""Sending the message of a PENDING task, and then noting that it was sent."""

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
    """Sends PENDING tasks.

    Attributes:
        table: The task table.
        queue: The task queue.
        now: Returns the time.
    """

    table: TaskTable
    queue: TaskQueue
    now: Callable[[], datetime]

    def dispatch(self, task: Task) -> Task:
        """Send a task's message and note that; on return the message is on the queue.

        Returns:
            The task as it is then.

        Raises:
            ClientError, BotoCoreError: The queue refuses or is away. The task stays PENDING, and
                release_tasks sends it later.
        """
        with tracing.continued(task.trace_header):
            return self._dispatch(task)

    def _dispatch(self, task: Task) -> Task:
        self.queue.send(task)
        try:
            return self.table.queued(task, at=self.now())
        except (ClientError, BotoCoreError) as error:
            # The message has been sent, and a PENDING task can be claimed.
            logger.warning("QUEUED not noted", **about(task), reason=str(error))
            return task
