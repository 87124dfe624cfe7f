"""Queues that announce when a message may be received, so that readers need not poll.

Readers listen by ARN, so they also notice a queue that is deleted and created again. Readers must look for a
message themselves: an announcement does not guarantee one.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localstack.services.sqs import provider
from localstack.services.sqs.models import MessageGroup, SqsMessage, StandardQueue
from localstack.utils.patch import Patch

from sandbox.services.sqs.fifo import OrderedFifoQueue

_listeners: dict[str, tuple[threading.Event, ...]] = {}
_listeners_lock = threading.Lock()


def install() -> None:
    """Make LocalStack's SQS create queues that announce messages."""
    Patch(provider, "FifoQueue", AnnouncingFifoQueue).apply()
    Patch(provider, "StandardQueue", AnnouncingStandardQueue).apply()


@contextmanager
def listening(queue_arn: str, bell: threading.Event) -> Iterator[None]:
    """Set `bell` within the block whenever a message may be receivable, now or earlier than expected."""
    with _listeners_lock:
        _listeners[queue_arn] = (*_listeners.get(queue_arn, ()), bell)
    try:
        yield
    finally:
        with _listeners_lock:
            _listeners[queue_arn] = tuple(each for each in _listeners[queue_arn] if each is not bell)


def announce(queue_arn: str) -> None:
    """Notify the listeners of a queue."""
    for bell in _listeners.get(queue_arn, ()):
        bell.set()


class AnnouncingStandardQueue(StandardQueue):
    """A standard queue that notifies its listeners when a message may have become receivable."""

    def _put_message(self, message: SqsMessage) -> None:
        super()._put_message(message)
        announce(self.arn)

    def update_visibility_timeout(self, receipt_handle: str, visibility_timeout: int) -> None:
        """Change when a message becomes visible again, and announce it."""
        super().update_visibility_timeout(receipt_handle, visibility_timeout)
        announce(self.arn)


class AnnouncingFifoQueue(OrderedFifoQueue):
    """A FIFO queue that notifies its listeners when a message may have become receivable."""

    def _put_message(self, message: SqsMessage) -> None:
        super()._put_message(message)
        announce(self.arn)

    def put(self, *args: Any, **kwargs: Any) -> SqsMessage:
        """Put a message on the queue, and announce it."""
        stored = super().put(*args, **kwargs)
        announce(self.arn)  # a delayed message has not been put, but listeners must learn its time
        return stored

    def update_visibility_timeout(self, receipt_handle: str, visibility_timeout: int) -> None:
        """Change when a message becomes visible again, and announce it."""
        super().update_visibility_timeout(receipt_handle, visibility_timeout)
        announce(self.arn)

    def update_message_group_visibility(self, message_group: MessageGroup) -> None:
        """Release a group if it may be received again, and notify the listeners."""
        super().update_message_group_visibility(message_group)
        announce(self.arn)

    def _on_remove_message(self, message: SqsMessage) -> None:
        super()._on_remove_message(message)
        announce(self.arn)
