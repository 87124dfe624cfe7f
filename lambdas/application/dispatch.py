"""Dispatch of PENDING tasks to the task queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.messaging.queues import TaskQueue
from lambdas.store.table import TaskTable
from lambdas.telemetry import tracing
from lambdas.telemetry.logs import about, logger


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    """Sends the messages of PENDING tasks.

    Every method raises botocore's ClientError or BotoCoreError if the queue rejects the request or is
    unavailable. The task then stays PENDING, and release_tasks sends its message later.

    Attributes:
        table: The task table.
        queue: The task queue.
        now: Function that returns the current time.
    """

    table: TaskTable
    queue: TaskQueue
    now: Callable[[], datetime]

    def send(self, task: Task) -> Task:
        """Send the message of a new task.

        To save a write per task, QUEUED is not written to the table. The record stays PENDING until the task
        is claimed, and release_tasks may send its message again (`lambdas.release_tasks.releaser`).

        Returns:
            The task with status QUEUED, once its message is on the queue.
        """
        with tracing.continued(task.trace_header):
            self.queue.send(task)
        return task.model_copy(update={"status": Status.QUEUED})

    def send_all(self, tasks: Sequence[Task]) -> dict[str, Task]:
        """Send the messages of up to ten new tasks in a single call to SQS.

        Returns:
            The tasks whose messages are on the queue, with status QUEUED, by id. The others stay PENDING.
        """
        if not tasks:
            return {}
        with tracing.continued(tasks[0].trace_header):
            sent = self.queue.send_all(tasks)
        return {task.task_id: task.model_copy(update={"status": Status.QUEUED}) for task in sent}

    def dispatch(self, task: Task) -> Task:
        """Send a task's message, and then record the task as QUEUED.

        Returns:
            The updated task; the given one if QUEUED could not be recorded, which is only logged.
        """
        with tracing.continued(task.trace_header):
            self.queue.send(task)
            try:
                return self.table.queued(task, at=self.now())
            except (ClientError, BotoCoreError) as error:
                # The message has been sent, and a PENDING task can be claimed as well as a QUEUED one.
                logger.warning("QUEUED not recorded", **about(task), reason=str(error))
                return task
