"""Waiting for a task to end, within the request that asks for it."""

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
"""The longest time that a request may wait: API Gateway gives a function 29 s.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""
# A task is read at this interval. Waiting costs two reads a second, and ends on average a quarter of a second
# after the task.
READ_EVERY_SECONDS = 0.5
# Seconds of the invocation kept for the response after the wait.
MARGIN_SECONDS = 3.0

WaitSeconds = Annotated[
    int,
    Query(
        alias="waitSeconds",
        ge=0,
        le=MAX_WAIT_SECONDS,
        description="How long to wait for the task to end before the call answers.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class EndWaiter:
    """Waiting for the end of tasks.

    Attributes:
        table: The task table.
        clock: Returns seconds on a monotonic clock.
        sleep: Sleeps for a number of seconds.
        random: Returns a random number in [0, 1). It spreads the reads of concurrent waits, so that waits
            that begin together do not read together.
    """

    table: TaskTable
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]

    def until_ended(self, task: Task, seconds: float, *, remaining_seconds: float) -> Task:
        """Return a task once it has ended, or in its latest known state when the time is up.

        A failed read is made up for by the next one, so a short outage of the table does not end the wait:
        the last known state still holds.

        Args:
            task: The task as it was read or written.
            seconds: Longest time to wait.
            remaining_seconds: Time until the function is killed.
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
    """Return an EndWaiter for the tasks of a table."""
    return EndWaiter(table=table, clock=time.monotonic, sleep=time.sleep, random=random.random)
