"""Cancelling tasks whose attempt has failed, and for which a client has asked that meanwhile."""

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
    """Cancels tasks whose cancellation was asked for while they ran.

    Every method raises botocore's ClientError or BotoCoreError when the table or the queue refuses or is
    away, and may be repeated.

    Attributes:
        ordering: Keeps the tasks of an ordering key in order.
        now: Returns the time.
    """

    ordering: Ordering
    now: Callable[[], datetime]

    @contextmanager
    def instead(self, attempted: Task, error: TaskError | None) -> Iterator[None]:
        """Cancel a task when the write is refused of what follows from its failed attempt, if that is why.

        Args:
            attempted: The task as it was claimed.
            error: Why the attempt failed; None when it was not made.

        Raises:
            Redeliver: What follows says so, or another attempt has replaced this one.
        """
        try:
            yield
        except AttemptFailed:
            raise
        except Redeliver:
            if not self.end(attempted, error):
                raise

    def end(self, attempted: Task, error: TaskError | None) -> bool:
        """End a task instead of having it tried again or given up, if that was asked for.

        A task whose attempt was lost may be cancelled only after the attempt's lease has expired.

        Args:
            attempted: The task as it was claimed or read.
            error: Why the attempt failed; None when it was not made.

        Returns:
            False when it was not asked for, or the attempt was replaced by another one.
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
