"""Notification of batch callbacks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.store.batches import Batches, BatchReopened
from lambdas.store.recorded_batch import Recorded
from lambdas.telemetry.logs import about, logger

# Bounds of the interval between checks, which is a tenth of the batch's age: a long batch needs few checks,
# and the end of a short one is reported soon.
SOONEST, LATEST = timedelta(seconds=1), timedelta(minutes=1)
# Upper bound while a task is scheduled for later, when the batch can end early only if that task is
# cancelled.
LATEST_WHILE_SCHEDULED = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class BatchEnds:
    """Notifies the callbacks of batches whose tasks have all ended.

    Attributes:
        batches: Batches of the task table.
        dispatcher: Sender of deliveries.
        now: Function that returns the current time.
    """

    batches: Batches
    dispatcher: Dispatcher
    now: Callable[[], datetime]

    def check(self, batch_id: str) -> datetime | None:
        """Notify a batch's callback if all of its tasks have ended.

        Returns:
            Time of the next check; None if no further check is needed.

        Raises:
            ClientError, BotoCoreError, TableOverloaded: The table rejects the request or is unavailable; the
                call can be retried.
        """
        batch, now = self.batches.read(batch_id), self.now()
        if batch is None or batch.callback_url is None or batch.ended_at is not None:
            return None
        if self.batches.is_open(batch, now):
            return now + _pause(batch, now)
        try:
            delivery = self.batches.end(batch, batch.callback_url, at=now)
        except BatchReopened:
            return now + _pause(batch, now)
        if delivery is not None:
            logger.info("batch ended", batch=batch_id, delivery=delivery.task_id)
            try:
                self.dispatcher.send(delivery)
            except (ClientError, BotoCoreError) as error:
                # The delivery is recorded, so release_tasks sends its message later.
                logger.warning("callback not yet queued", **about(delivery), reason=str(error))
        return None


def _pause(batch: Recorded, now: datetime) -> timedelta:
    if now < batch.due_at:
        return min(LATEST_WHILE_SCHEDULED, max(SOONEST, batch.due_at - now))
    return min(LATEST, max(SOONEST, (now - max(batch.at, batch.due_at)) / 10))
