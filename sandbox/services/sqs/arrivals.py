"""Queues that tell a waiting mapping when it may find a message: nobody has to poll.

A queue announces itself by its ARN, so a mapping hears of a queue that is deleted and created again. What
is announced is a chance: whoever listens looks for itself.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localstack.services.sqs.models import MessageGroup, SqsMessage, StandardQueue

from sandbox.services.sqs.fifo import OrderedFifoQueue

_listeners: dict[str, tuple[threading.Event, ...]] = {}
_listeners_lock = threading.Lock()


@contextmanager
def listening(queue_arn: str, bell: threading.Event) -> Iterator[None]:
    """Have `bell` set whenever a message of the queue may have become receivable, or may become so sooner."""
    with _listeners_lock:
        _listeners[queue_arn] = (*_listeners.get(queue_arn, ()), bell)
    try:
        yield
    finally:
        with _listeners_lock:
            _listeners[queue_arn] = tuple(each for each in _listeners[queue_arn] if each is not bell)


def announce(queue_arn: str) -> None:
    for bell in _listeners.get(queue_arn, ()):
        bell.set()


class AnnouncingStandardQueue(StandardQueue):
    """A standard queue that announces messages that are sent or returned."""

    def _put_message(self, message: SqsMessage) -> None:
        super()._put_message(message)
        announce(self.arn)

    def update_visibility_timeout(self, receipt_handle: str, visibility_timeout: int) -> None:
        super().update_visibility_timeout(receipt_handle, visibility_timeout)
        announce(self.arn)


class AnnouncingFifoQueue(OrderedFifoQueue):
    """A FIFO queue that announces messages that are sent or returned, and groups that are set free."""

    def _put_message(self, message: SqsMessage) -> None:
        super()._put_message(message)
        announce(self.arn)

    def put(self, *args: Any, **kwargs: Any) -> SqsMessage:
        stored = super().put(*args, **kwargs)
        announce(self.arn)  # a delayed message is not yet put, but its time is to be known
        return stored

    def update_visibility_timeout(self, receipt_handle: str, visibility_timeout: int) -> None:
        super().update_visibility_timeout(receipt_handle, visibility_timeout)
        announce(self.arn)

    def update_message_group_visibility(self, message_group: MessageGroup) -> None:
        super().update_message_group_visibility(message_group)
        announce(self.arn)

    def _on_remove_message(self, message: SqsMessage) -> None:
        super()._on_remove_message(message)
        announce(self.arn)
