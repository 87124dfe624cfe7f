"""Sending the callback delivery of a task that has ended."""

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.store.transition import Moved
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger


def send_delivery(dispatcher: Dispatcher, moved: Moved) -> None:
    """Send the delivery that was written together with the end of a task, if there is one.

    The delivery is already recorded: if it cannot be sent now, release_tasks sends it.
    """
    if moved.delivery is None:
        return
    events.callback_written(moved.task, delivery=moved.delivery.task_id)
    try:
        dispatcher.send(moved.delivery)
    except (ClientError, BotoCoreError) as error:
        logger.warning("callback not yet queued", **about(moved.delivery), reason=str(error))
