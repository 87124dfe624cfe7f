"""Faults of LocalStack and moto in SQS whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import inspect
import time
from collections.abc import Iterator

import pytest
from localstack.aws.api.sqs import Message
from localstack.services.sqs import models
from localstack.services.sqs.constants import DEDUPLICATION_INTERVAL_IN_SEC
from localstack.services.sqs.models import FifoQueue, MessageMoveTask, SqsMessage, sqs_stores
from localstack.services.sqs.provider import MessageMoveTaskManager

ACCOUNT, REGION = "000000000000", "us-east-1"


def make_queue(name: str = "queue.fifo") -> FifoQueue:
    return FifoQueue(name, REGION, ACCOUNT, attributes={"FifoQueue": "true"})


def put(queue: FifoQueue, body: str, deduplication_id: str | None = None) -> SqsMessage:
    message = Message(MessageId=f"id-of-{body}", Body=body)
    stored: SqsMessage = queue.put(
        message, message_group_id=body[0], message_deduplication_id=deduplication_id or body
    )
    return stored


def test_fifo_return_waits_for_other_groups() -> None:
    """A message does not return while one received before it is invisible (sandbox.services.sqs.fifo)."""
    queue = make_queue()
    put(queue, "A1")
    returned = put(queue, "B1")
    queue.receive(num_messages=2, visibility_timeout=30)
    returned.visibility_deadline = time.time()
    queue.requeue_inflight_messages()
    assert not queue.receive().successful


def test_fifo_wait_does_not_notice_a_return() -> None:
    """A waiting receive misses a message whose visibility timeout ends (sqs.fifo)."""
    queue = make_queue()
    returned = put(queue, "A1")
    queue.receive(visibility_timeout=30)
    returned.visibility_deadline = time.time() + 0.5
    assert not queue.receive(wait_time_seconds=1).successful


def test_fifo_group_is_offered_twice() -> None:
    """A group that a consumer has taken is offered to another while its messages return (sqs.fifo)."""
    queue = make_queue()
    put(queue, "A1")
    put(queue, "A2")
    first, second = queue.receive(num_messages=2, visibility_timeout=30).successful
    queue._put_message(first)
    queue.inflight_groups.add(queue.message_group_queue.get(block=False))  # as a consumer in receive()
    queue._put_message(second)
    assert queue.message_group_queue.qsize() == 1


def test_fifo_old_receipt_handle_deletes() -> None:
    """An earlier receive's handle deletes a message that is in flight again (sqs.fifo)."""
    queue = make_queue()
    message = put(queue, "A1")
    [old_handle] = queue.receive(visibility_timeout=30).receipt_handles
    message.visibility_deadline = time.time()
    queue.requeue_inflight_messages()
    assert queue.receive(visibility_timeout=30).successful
    queue.remove(old_handle)
    assert message.deleted


def test_fifo_dead_letter_is_taken_for_a_duplicate() -> None:
    """The second of two dead letters with the same deduplication id is dropped (sqs.fifo)."""
    queue = make_queue()
    for body in ("A1", "B1"):
        message = put(make_queue("source.fifo"), body, deduplication_id="same").message
        message["Attributes"]["DeadLetterQueueSourceArn"] = "arn"  # type: ignore[index]
        queue.put(message, message_group_id=body[0], message_deduplication_id="same")
    assert len(queue.receive(num_messages=10).successful) == 1


def test_fifo_keeps_sent_messages() -> None:
    """Messages are kept for deduplication longer than five minutes (sandbox.services.sqs.fifo)."""
    queue = make_queue()
    put(queue, "A1").priority -= 2 * DEDUPLICATION_INTERVAL_IN_SEC
    put(queue, "A2")
    assert [each.message["Body"] for each in queue.deduplication.values()] == ["A1", "A2"]


@pytest.fixture
def stored_queues() -> Iterator[tuple[FifoQueue, FifoQueue]]:
    """Register a source and its dead-letter queue with LocalStack's SQS."""
    queues = sqs_stores[ACCOUNT][REGION].queues
    pair = make_queue("upstream-source.fifo"), make_queue("upstream-dead.fifo")
    queues.update({queue.name: queue for queue in pair})
    yield pair
    for queue in pair:
        del queues[queue.name]


def test_redriven_message_is_lost(stored_queues: tuple[FifoQueue, FifoQueue]) -> None:
    """A message that is moved back within five minutes is lost (sandbox.services.sqs.redrive)."""
    source, dead_letters = stored_queues
    put(source, "A1")
    source.remove(source.receive(visibility_timeout=30).receipt_handles[0])
    put(dead_letters, "A1")
    tasks = MessageMoveTaskManager()
    tasks._run(MessageMoveTask(dead_letters.arn, source.arn))
    tasks.close()
    assert not source.receive().successful
    assert not dead_letters.receive().successful


def test_fifo_has_no_limit_of_messages_in_flight() -> None:
    """A FIFO queue has no limit on messages in flight (sandbox.services.sqs.fifo)."""
    source = inspect.getsource(models)
    assert "len(self.inflight)" not in source.replace("return len(self.inflight)", "")
    assert "120" not in source


def test_visibility_timeouts_have_no_limit() -> None:
    """Visibility timeouts and delays have no maximum (sandbox.services.sqs.limits)."""
    queue = make_queue()
    put(queue, "A1")
    [handle] = queue.receive(visibility_timeout=43_201).receipt_handles
    queue.update_visibility_timeout(handle, 43_201)
    queue.validate_queue_attributes({"VisibilityTimeout": "43201", "DelaySeconds": "901"})
