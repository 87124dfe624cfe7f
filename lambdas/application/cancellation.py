"""Cancellation of running tasks, once their attempts have failed or been lost."""

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
    """Cancels running tasks at the request of clients, once their attempts have failed or been lost.

    Every method raises botocore's ClientError or BotoCoreError if the table or the queue rejects a request
    or is unavailable, and can be retried.

    Attributes:
        ordering: Order of the tasks with the same ordering key.
        now: Function that returns the current time.
    """

    ordering: Ordering
    now: Callable[[], datetime]

    @contextmanager
    def cancel_if_requested(self, attempted: Task, error: TaskError | None) -> Iterator[None]:
        """Context manager that cancels the task if a cancellation request made the block raise Redeliver.

        Args:
            attempted: The task as it was claimed.
            error: Error of the attempt; None if no attempt was made.

        Raises:
            Redeliver: The block raised it for another reason: no cancellation was requested, or another
                attempt has replaced this one.
        """
        try:
            yield
        except AttemptFailed:
            raise
        except Redeliver:
            if not self.end(attempted, error):
                raise

    def end(self, attempted: Task, error: TaskError | None) -> bool:
        """Cancel a task whose attempt failed or was lost, if a client has requested its cancellation.

        If the attempt was lost, callers must check that its lease has expired.

        Args:
            attempted: The task as it was claimed or read.
            error: Error of the attempt; None if no attempt was made.

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
