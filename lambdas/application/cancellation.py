"""Cancelling tasks whose cancellation was requested while an attempt was running."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from lambdas.application.callbacks import send_delivery
from lambdas.application.ordering import Ordering
from lambdas.domain.errors import TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.messaging.redelivery import AttemptFailed, Redeliver
from lambdas.telemetry import events


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """Cancellation of tasks for which it was requested while they were running.

    Every method raises botocore's ClientError or BotoCoreError when the table or the queue rejects a request
    or is unavailable, and can be retried.

    Attributes:
        ordering: Keeps the tasks of an ordering key in order.
        now: Returns the current time.
    """

    ordering: Ordering
    now: Callable[[], datetime]

    @contextmanager
    def instead(self, attempted: Task, error: TaskError | None) -> Iterator[None]:
        """Cancel a task if a cancellation request is why the write after its failed attempt is refused.

        Args:
            attempted: The task as it was claimed.
            error: Why the attempt failed; None if no attempt was made.

        Raises:
            Redeliver: The block raised it and no cancellation was requested, or another attempt has replaced
                this one.
        """
        try:
            yield
        except AttemptFailed:
            raise
        except Redeliver:
            if not self.end(attempted, error):
                raise

    def end(self, attempted: Task, error: TaskError | None) -> bool:
        """Cancel a task instead of retrying it or giving it up, if its cancellation was requested.

        If the attempt was lost, callers must check that its lease has expired.

        Args:
            attempted: The task as it was claimed or read.
            error: Why the attempt failed; None if no attempt was made.

        Returns:
            False if no cancellation was requested, or another attempt has replaced this one.
        """
        table = self.ordering.table
        found = table.get(attempted.task_id)
        if found is None or found.status is not Status.PROCESSING or not found.cancel_requested:
            return False
        if found.version != attempted.version:
            return False
        moved = table.cancelled_instead(found, error, at=self.now())
        if moved.done:
            events.task_cancelled(moved.task, by=found.cancel_requested_by or Requester())
            send_delivery(self.ordering.dispatcher, moved)
            self.ordering.pass_turn(moved.task)
        return moved.done
