"""SQS FIFO queues that hold, order and return messages as AWS does.

LocalStack's `FifoQueue` differs in ways that break retries and lose messages:

- the return of an invisible message waits for every message received before it, of any group, and happens
  once a second;
- two consumers can be handed messages of one group at once: a group is marked as taken outside the lock;
- a receipt handle of an earlier receive deletes a message that another consumer has received since;
- a move to the dead-letter queue keeps the deduplication id: within five minutes the queue drops the
  message as a duplicate, and it is lost.

This queue follows one rule: a message can be received when it is visible and no earlier message of its group
is in flight. AWS: SQS developer guide, FIFO-queues-understanding-logic. LocalStack validated against AWS that
a group whose head is visible again is received although a follower is in flight
(test_fifo_message_group_visibility_after_terminate_visibility_timeout).

LocalStack also lacks a limit of messages in flight. On AWS a FIFO queue that has reached it delivers nothing
and reports no error:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html
LocalStack also keeps each sent message forever to recognize duplicates; on AWS the interval is five minutes.
"""

import copy
import math
import threading
import time
from bisect import insort
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from localstack.aws.api.sqs import Message, MessageSystemAttributeName
from localstack.services.sqs.constants import DEDUPLICATION_INTERVAL_IN_SEC
from localstack.services.sqs.exceptions import InvalidParameterValueException
from localstack.services.sqs.models import (
    FifoQueue,
    MessageGroup,
    ReceiveMessageResult,
    SqsMessage,
    SqsQueue,
)

MAX_IN_FLIGHT = 120_000
MOVE_SECONDS = 30
"""Visibility timeout of a dead letter while it is moved. The move is retried afterwards."""


class _Sent(NamedTuple):
    """The properties of a sent message by which LocalStack recognizes its duplicates."""

    priority: float
    """The time of sending."""
    message: Mapping[str, str]
    message_group_id: str | None
    sequence_number: str | None


class OrderedFifoQueue(FifoQueue):
    """A FIFO queue with visible messages in `message_groups` and received ones in `inflight`.

    `mutex` guards all state; `_changed` is notified when a message may be receivable. `message_groups`
    contains only groups with visible messages, the one that has waited longest first, each in the order of
    sending.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._changed = threading.Condition(self.mutex)
        self._stopped = False
        self._latest_receipt: dict[SqsMessage, str] = {}
        self._sent: OrderedDict[str | None, SqsMessage | _Sent] = OrderedDict()
        vars(self)["deduplication"] = self._sent
        # LocalStack's page of a queue's messages (/_aws/sqs/messages) lists groups from here.
        self.message_group_queue.queue = _Groups(self, are_held=False)
        vars(self)["inflight_groups"] = _Groups(self, are_held=True)

    def shutdown(self) -> None:
        """Stop, and wake all waiting receivers."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def clear(self) -> None:
        """Delete all messages."""
        with self.mutex:
            SqsQueue.clear(self)
            self.message_groups.clear()
            self._sent.clear()
            self._latest_receipt.clear()

    def put(self, message: Message, *args: Any, **kwargs: Any) -> SqsMessage:
        """Store a message unless it is a duplicate. Dead letters are deduplicated by their message id.

        On the move from a FIFO queue to its dead-letter queue, the deduplication id becomes the message's id
        (SQS developer guide, sqs-configure-dead-letter-queue-redrive).
        """
        if MessageSystemAttributeName.DeadLetterQueueSourceArn in (message.get("Attributes") or {}):
            message = copy.deepcopy(message)
            kwargs["message_deduplication_id"] = message["MessageId"]
        with self.mutex:  # so that one of two duplicates is detected
            self._forget_ids()
            stored: SqsMessage = super().put(message, *args, **kwargs)
            if self._sent.get(stored.message_deduplication_id) is stored:
                self._sent[stored.message_deduplication_id] = _Sent(
                    priority=stored.priority,
                    message={"MessageId": stored.message_id},
                    message_group_id=stored.message_group_id,
                    sequence_number=stored.sequence_number,
                )
        return stored

    def _forget_ids(self) -> None:
        """Delete the deduplication ids that may be used again."""
        now = time.time()
        while self._sent:
            oldest = next(iter(self._sent))
            if self._sent[oldest].priority + DEDUPLICATION_INTERVAL_IN_SEC > now:
                break
            del self._sent[oldest]

    def receive(
        self,
        num_messages: int = 1,
        wait_time_seconds: int | None = None,
        visibility_timeout: int | None = None,
        *,
        poll_empty_queue: bool = False,
    ) -> ReceiveMessageResult:
        """Take up to `num_messages` from as few groups as possible, waiting at most `wait_time_seconds`.

        With `poll_empty_queue`, wait for all of them, as LocalStack's event source mapping with a batching
        window requests. Messages received more than maxReceiveCount times are in `dead_letter_messages`;
        their group is blocked until `update_message_group_visibility` reports that they were moved.
        """
        if visibility_timeout is None:
            visibility_timeout = self.visibility_timeout
        deadline = time.monotonic() + (wait_time_seconds or 0)
        result = ReceiveMessageResult()
        with self._changed:
            while True:
                self.requeue_inflight_messages()
                self.enqueue_delayed_messages()
                self._take(result, num_messages, visibility_timeout)
                satisfied = len(result.successful) >= (num_messages if poll_empty_queue else 1)
                remaining = deadline - time.monotonic()
                if satisfied or result.dead_letter_messages or remaining <= 0 or self._stopped:
                    return result
                self._changed.wait(min(remaining, self._seconds_to_next_return()))

    def requeue_inflight_messages(self) -> None:
        """Put messages whose visibility timeout has passed back on the queue."""
        with self._changed:
            for message in [message for message in self.inflight if message.is_visible]:
                del self.inflight[message]
                self._put_message(message)

    def update_visibility_timeout(self, receipt_handle: str, visibility_timeout: int) -> None:
        """Change when a message becomes visible again; an old receipt handle is refused."""
        with self._changed:
            message = self.receipts.get(receipt_handle)
            if message and self._is_expired(message, receipt_handle):
                raise InvalidParameterValueException(
                    f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does "
                    "not exist or is not available for visibility timeout change."
                )
            super().update_visibility_timeout(receipt_handle, visibility_timeout)
            self._changed.notify_all()

    def update_message_group_visibility(self, message_group: MessageGroup) -> None:
        """Remove the group's oldest dead letter, which the provider has just moved."""
        with self._changed:
            group_id = message_group.message_group_id
            held = (message for message in self.inflight if message.message_group_id == group_id)
            if moved := next(filter(self._is_dead, held), None):
                del self.inflight[moved]
            self._forget_if_empty(message_group)
            self._changed.notify_all()

    def _put_message(self, message: SqsMessage) -> None:
        with self._changed:
            group = self.get_message_group(message.message_group_id or "")
            insort(group.messages, message, key=_position)
            self._changed.notify_all()

    def _on_remove_message(self, message: SqsMessage) -> None:
        with self._changed:
            self.inflight.pop(message, None)
            self._latest_receipt.pop(message, None)
            self._changed.notify_all()

    def _pre_delete_checks(self, message: SqsMessage, receipt_handle: str) -> None:
        if self._is_expired(message, receipt_handle):
            raise InvalidParameterValueException(
                f"Value {receipt_handle} for parameter ReceiptHandle is invalid. "
                "Reason: The receipt handle has expired."
            )

    def _is_expired(self, message: SqsMessage, receipt_handle: str) -> bool:
        """Return whether the handle's visibility timeout has passed or the message was received again.

        AWS: https://repost.aws/knowledge-center/sqs-receipt-handle-error
        """
        return message.is_visible or self._latest_receipt.get(message) != receipt_handle

    def _is_dead(self, message: SqsMessage) -> bool:
        most = self.max_receive_count
        return most is not None and message.receive_count > most

    def _forget_if_empty(self, group: MessageGroup) -> None:
        if group.empty():
            self.message_groups.pop(group.message_group_id, None)

    def _take(self, result: ReceiveMessageResult, wanted: int, visibility_timeout: int) -> None:
        """Put receivable messages in flight and into `result`, until it has `wanted` successful ones."""
        visible_at_once = []
        for message in self._receivable():
            message.receive_count += 1
            message.update_visibility_timeout(visibility_timeout)
            message.set_last_received(time.time())
            message.first_received = message.first_received or message.last_received
            if self._is_dead(message):
                message.update_visibility_timeout(MOVE_SECONDS)
                self._latest_receipt.pop(message, None)
                self.add_inflight_message(message)
                result.dead_letter_messages.append(message)
                continue
            message.increment_approximate_receive_count()
            receipt_handle = self.create_receipt_handle(message)
            message.receipt_handles.add(receipt_handle)
            self.receipts[receipt_handle] = message
            self._latest_receipt[message] = receipt_handle
            if visibility_timeout == 0:
                visible_at_once.append(message)
            else:
                self.add_inflight_message(message)
            result.successful.append(message)
            result.receipt_handles.append(receipt_handle)
            if len(result.successful) >= wanted:
                break
        for message in visible_at_once:
            self._put_message(message)
        # These groups have had their turn, in this order, although none of their messages is in flight.
        for group_id in dict.fromkeys(message.message_group_id or "" for message in visible_at_once):
            self.message_groups[group_id] = self.message_groups.pop(group_id)

    def _receivable(self) -> Iterator[SqsMessage]:
        """Remove and yield, group by group, the messages that precede any of their group in flight.

        Nothing is removed while the limit of messages in flight is reached.
        """
        first_in_flight = self.first_in_flight()
        for group_id, group in list(self.message_groups.items()):
            if len(self.inflight) >= MAX_IN_FLIGHT:
                return
            end = first_in_flight.get(group_id, math.inf)
            if group.messages and _position(group.messages[0]) < end:
                self.message_groups[group_id] = self.message_groups.pop(group_id)  # to the end of the line
            while group.messages and _position(group.messages[0]) < end:
                if len(self.inflight) >= MAX_IN_FLIGHT:
                    return
                message = group.messages.pop(0)
                self._forget_if_empty(group)
                yield message

    def first_in_flight(self) -> dict[str | None, int]:
        """Return the position of the earliest message in flight of each group that has one."""
        first: dict[str | None, int] = {}
        for message in self.inflight:
            group_id, position = message.message_group_id, _position(message)
            first[group_id] = min(position, first.get(group_id, position))
        return first

    def _seconds_to_next_return(self) -> float:
        """Return the seconds until a message becomes visible by itself, or infinity."""
        returns = [message.visibility_deadline or 0.0 for message in self.inflight]
        returns += [message.created + (message.delay_seconds or 0) for message in self.delayed]
        return max(0.001, min(returns, default=math.inf) - time.time())


class _Groups:
    """A queue's message groups that are blocked by messages in flight (`are_held`), or its other groups."""

    def __init__(self, queue: OrderedFifoQueue, *, are_held: bool) -> None:
        self._queue = queue
        self._are_held = are_held

    def __iter__(self) -> Iterator[MessageGroup]:
        with self._queue.mutex:
            first, groups = self._queue.first_in_flight(), list(self._queue.message_groups.values())
        for group in groups:
            held = bool(group.messages) and _position(group.messages[0]) > first.get(
                group.message_group_id, math.inf
            )
            if held == self._are_held:
                yield group


def _position(message: SqsMessage) -> int:
    return int(message.sequence_number or 0)
