"""Requests that wait for a task to end."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.task import Task
from lambdas.store.table import TaskTable

MAX_WAIT_SECONDS = 25
"""Maximum time that a request may wait, since API Gateway times out after 29 s.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""
# Interval at which a task is read. A wait costs two reads a second, and ends on average a quarter of a second
# after the task.
READ_EVERY_SECONDS = 0.5
# Seconds of the invocation that are reserved for the response.
MARGIN_SECONDS = 3.0

WaitSeconds = Annotated[
    int,
    Query(
        alias="waitSeconds",
        ge=0,
        le=MAX_WAIT_SECONDS,
        description="Seconds for which the call waits for the task to end.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class EndWaiter:
    """Waits for tasks to end by polling the table.

    Attributes:
        table: The task table.
        clock: Function that returns the seconds of a monotonic clock.
        sleep: Function that sleeps for a number of seconds.
        random: Function that returns a random number in [0, 1), used to spread the reads of waits that begin
            together.
    """

    table: TaskTable
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]

    def until_ended(self, task: Task, seconds: float, *, remaining_seconds: float) -> Task:
        """Return a task once it has ended, or in its latest known state when the time is up.

        A failed read does not end the wait: the next one may succeed, and otherwise the last known state is
        returned.

        Args:
            task: The last known state of the task.
            seconds: Maximum time to wait, in seconds.
            remaining_seconds: Seconds in which a response reaches the client; the wait ends before that.
        """
        began = self.clock()
        deadline = began + min(seconds, remaining_seconds - MARGIN_SECONDS)
        # The last read is at most half a second before the deadline.
        read_at = began + READ_EVERY_SECONDS * (1 - self.random())
        while not task.status.ended and read_at <= deadline:
            self.sleep(max(0.0, read_at - self.clock()))
            with suppress(ClientError, BotoCoreError):
                task = self.table.get(task.task_id) or task
            # At a fixed rate, unless a read takes longer than the interval.
            read_at = max(read_at + READ_EVERY_SECONDS, self.clock())
        return task


def end_waiter(table: TaskTable) -> EndWaiter:
    """Create an EndWaiter with the real clock, for the tasks of a table."""
    return EndWaiter(table=table, clock=time.monotonic, sleep=time.sleep, random=random.random)
