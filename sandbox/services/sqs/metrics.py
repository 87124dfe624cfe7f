"""SQS's metrics: counts of operations, and once a second the levels of each queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
Messages that SQS moves to a dead-letter queue do not count as sent to it:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

A level has one value a minute, as on AWS: the latest one until the minute has passed.

LocalStack counts a duplicate as sent, publishes no metrics of ages, groups and duplicates, and makes a call
to CloudWatch for each value.
"""

import time
from collections.abc import Iterator
from typing import Any

from localstack.aws.api.sqs import MessageSystemAttributeName
from localstack.services.sqs import provider
from localstack.services.sqs.models import FifoQueue, SqsMessage, SqsQueue, StandardQueue, sqs_stores
from localstack.utils.patch import Patch

from sandbox.common.log_and_continue import contained
from sandbox.common.loop import Loop
from sandbox.services.cloudwatch.store import METRICS, Metric

NAMESPACE = "AWS/SQS"
LOOK_SECONDS = 1.0
ACTIVE_SECONDS = 6 * 3600
"""Time for which a queue's levels are published after it last had or handled a message."""

POISON_RECEIVES = 3
"""Number of receives from which a standard queue's message is left out of ApproximateAgeOfOldestMessage."""

_active_at: dict[tuple[str, str, str], float] = {}


def install() -> None:
    """Start publishing the metrics in place of LocalStack's."""
    Patch(provider, "CloudwatchDispatcher", Counters).apply()
    Patch(provider, "CloudwatchPublishWorker", Levels).apply()
    Patch.function(provider.SqsProvider._put_message, put_message).apply()


class Counters:
    """Replacement for LocalStack's CloudwatchDispatcher."""

    def shutdown(self) -> None:
        """Do nothing: there is no thread."""

    def dispatch_metric_message_sent(self, queue: SqsQueue, message_body_size: int) -> None:
        """Do nothing: the message is not stored yet, and may be a duplicate (see `put_message`)."""

    def dispatch_metric_message_deleted(self, queue: SqsQueue, deleted: int = 1) -> None:
        """Count deleted messages."""
        _count(queue, "NumberOfMessagesDeleted", deleted)

    def dispatch_metric_received(self, queue: SqsQueue, received: int) -> None:
        """Count received messages, or an empty receive."""
        if received:
            _count(queue, "NumberOfMessagesReceived", received)
        else:
            _count(queue, "NumberOfEmptyReceives", 1)


def put_message(put: Any, provider: Any, queue: SqsQueue, *args: Any, **kwargs: Any) -> SqsMessage:
    """Wrap SqsProvider._put_message, to count the messages that clients send, and duplicates."""
    stored: SqsMessage = put(provider, queue, *args, **kwargs)
    with contained("a sent message"):
        if _is_duplicate(queue, stored):
            _count(queue, "NumberOfDeduplicatedSentMessages", 1)
        else:
            _count(queue, "NumberOfMessagesSent", 1)
            _count(queue, "SentMessageSize", _size(stored), unit="Bytes")
    return stored


class Levels(Loop):
    """Replacement for LocalStack's CloudwatchPublishWorker that publishes all levels once a second."""

    def __init__(self) -> None:
        super().__init__("sqs-metrics", LOOK_SECONDS, _look)


def _look() -> None:
    now = time.time()
    for _account, _region, store in sqs_stores.iter_stores():
        for queue in list(store.queues.values()):
            with contained(f"the number of messages in {queue.arn}"):
                _publish_levels(queue, now)


def _publish_levels(queue: SqsQueue, now: float) -> None:
    with queue.mutex:
        in_flight, delayed = list(queue.inflight), list(queue.delayed)
        visible = _visible(queue)
    levels = {
        "ApproximateNumberOfMessagesVisible": len(visible),
        "ApproximateNumberOfMessagesNotVisible": len(in_flight),
        "ApproximateNumberOfMessagesDelayed": len(delayed),
    }
    key = (queue.account_id, queue.region, queue.name)
    if any(levels.values()):
        _active_at[key] = now
    if now - _active_at.setdefault(key, now) > ACTIVE_SECONDS:
        return
    if isinstance(queue, FifoQueue):
        groups = {message.message_group_id for message in in_flight}
        levels["ApproximateNumberOfGroupsWithInflightMessages"] = len(groups)
    for name, value in levels.items():
        METRICS.put(_metric(queue, name), value, at=now, unit="Count")
    sent = min(_times_of_sending(queue, [*visible, *in_flight, *delayed]), default=now)
    METRICS.put(
        _metric(queue, "ApproximateAgeOfOldestMessage"), int(max(0, now - sent)), at=now, unit="Seconds"
    )


def _visible(queue: SqsQueue) -> list[SqsMessage]:
    if isinstance(queue, StandardQueue):
        return list(queue.visible.queue)
    if isinstance(queue, FifoQueue):
        return [message for group in list(queue.message_groups.values()) for message in group.messages]
    return []


def _times_of_sending(queue: SqsQueue, messages: list[SqsMessage]) -> Iterator[float]:
    """Yield the time at which each message was sent or moved to the queue, in seconds since 1970.

    In a standard queue, messages that were received at least POISON_RECEIVES times are left out.
    """
    keeps_order = isinstance(queue, FifoQueue)
    return (each.created for each in messages if keeps_order or each.receive_count < POISON_RECEIVES)


def _is_duplicate(queue: SqsQueue, stored: SqsMessage) -> bool:
    """Return whether a message was dropped as a duplicate of one sent within five minutes."""
    if not isinstance(queue, FifoQueue):
        return False
    deduplication_id = (stored.message.get("Attributes") or {}).get(
        MessageSystemAttributeName.MessageDeduplicationId
    )
    known = queue.deduplication.get(str(deduplication_id))
    return known is None or known.sequence_number != stored.sequence_number


def _size(stored: SqsMessage) -> int:
    """Return the bytes of the body and of the attributes' names, types and values."""
    message = stored.message
    of_body = provider._message_body_size(message.get("Body") or "")
    return int(of_body + provider._message_attributes_size(message.get("MessageAttributes") or {}))


def _count(queue: SqsQueue, name: str, value: float, *, unit: str = "Count") -> None:
    with contained(name):
        if value:
            now = time.time()
            _active_at[queue.account_id, queue.region, queue.name] = now
            METRICS.count(_metric(queue, name), value, at=now, unit=unit)


def _metric(queue: SqsQueue, name: str) -> Metric:
    return Metric(queue.account_id, queue.region, NAMESPACE, name, (("QueueName", queue.name),))
