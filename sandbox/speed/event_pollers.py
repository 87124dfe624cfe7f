"""End of the pollers of functions' asynchronous events without a wait.

Each version of a function has a thread that receives its events from a queue within LocalStack, in calls of
up to two seconds. A version's end waits for the current call, and few versions end at once: with the ten of a
deployed stack, a sandbox took two seconds to end.
"""

from contextlib import suppress
from typing import Any

from localstack.services.lambda_.invocation.event_manager import LambdaEventManager
from localstack.services.lambda_.invocation.internal_sqs_queue import get_fake_sqs_client
from localstack.utils.patch import Patch


def install() -> None:
    """Make the end of a version interrupt its poller's call."""
    Patch.function(LambdaEventManager.stop, stop).apply()


def stop(end: Any, manager: LambdaEventManager) -> None:
    """Wrap LambdaEventManager.stop."""
    with manager.lifecycle_lock, suppress(ValueError):  # there may be no such queue
        if manager.poller and manager.event_queue_url:
            manager.poller.stop()  # first, so that it makes no further call
            get_fake_sqs_client().queue_manager.get_queue(manager.event_queue_url).shutdown()
    end(manager)
