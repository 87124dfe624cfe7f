"""Notifying the callbacks of batches once all of their tasks have ended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.store.batches import Batches, Recorded
from lambdas.telemetry.logs import about, logger

# A batch is checked again when a tenth of its age has passed since the last check: a few checks suffice for a
# batch that takes long, and the end of one that takes seconds is reported within a second.
SOONEST, LATEST = timedelta(seconds=1), timedelta(minutes=1)
# While one of its tasks is scheduled for later, the batch can only end early if that task is cancelled.
LATEST_WHILE_SCHEDULED = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class BatchEnds:
    """Detects when batches have ended.

    Attributes:
        batches: The batches of the task table.
        dispatcher: Sends tasks.
        now: Returns the current time.
    """

    batches: Batches
    dispatcher: Dispatcher
    now: Callable[[], datetime]

    def look_at(self, batch_id: str) -> datetime | None:
        """Notify a batch's callback if all of its tasks have ended.

        Returns:
            When to check again; None once the callback has been notified, or if there is nothing to notify.

        Raises:
            ClientError, BotoCoreError, TableOverloaded: The table rejects the request or is unavailable; the
                call can be retried.
        """
        batch, now = self.batches.read(batch_id), self.now()
        if batch is None or batch.callback_url is None or batch.ended_at is not None:
            return None
        if self.batches.is_open(batch, now):
            return now + _pause(batch, now)
        delivery = self.batches.end(batch, batch.callback_url, at=now)
        if delivery is not None:
            logger.info("batch ended", batch=batch_id, delivery=delivery.task_id)
            try:
                self.dispatcher.send(delivery)
            except (ClientError, BotoCoreError) as error:
                # It is recorded, so release_tasks sends it like any task whose function died before sending
                # its message.
                logger.warning("callback not yet queued", **about(delivery), reason=str(error))
        return None


def _pause(batch: Recorded, now: datetime) -> timedelta:
    if now < batch.due_at:
        return min(LATEST_WHILE_SCHEDULED, max(SOONEST, batch.due_at - now))
    return min(LATEST, max(SOONEST, (now - max(batch.at, batch.due_at)) / 10))
