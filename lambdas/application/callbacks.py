"""Dispatch of callback deliveries."""

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.store.transition import Moved
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger


def send_delivery(dispatcher: Dispatcher, moved: Moved) -> None:
    """Queue the callback delivery that was recorded with the end of a task, if there is one.

    A failure is only logged: since the delivery is recorded, release_tasks queues it later.
    """
    if moved.delivery is None:
        return
    events.callback_written(moved.task, delivery=moved.delivery.task_id)
    try:
        dispatcher.send(moved.delivery)
    except (ClientError, BotoCoreError) as error:
        logger.warning("callback not yet queued", **about(moved.delivery), reason=str(error))
