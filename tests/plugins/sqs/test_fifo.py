"""A FIFO queue's limit on messages in flight, and its deduplication interval."""

import pytest
from localstack.aws.api.sqs import Message
from localstack.services.sqs.constants import DEDUPLICATION_INTERVAL_IN_SEC

from sandbox.services.sqs import fifo
from sandbox.services.sqs.fifo import OrderedFifoQueue


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> OrderedFifoQueue:
    """Make a queue with four messages and a limit of two in flight."""
    monkeypatch.setattr(fifo, "MAX_IN_FLIGHT", 2)
    queue = OrderedFifoQueue("queue.fifo", "us-east-1", "000000000000", attributes={"FifoQueue": "true"})
    for body in ("A1", "B1", "C1", "D1"):
        message = Message(MessageId=f"id-of-{body}", Body=body)
        queue.put(message, message_group_id=body[0], message_deduplication_id=body)
    return queue


def bodies(queue: OrderedFifoQueue) -> list[str]:
    return [str(message.message["Body"]) for message in queue.receive(num_messages=10).successful]


def test_no_more_than_the_limit_is_delivered(queue: OrderedFifoQueue) -> None:
    """A queue delivers at most its limit of messages in flight, and then none, without an error."""
    assert bodies(queue) == ["A1", "B1"]
    assert bodies(queue) == []


def test_a_deleted_message_makes_room(queue: OrderedFifoQueue) -> None:
    [handle, _] = queue.receive(num_messages=10).receipt_handles
    queue.remove(handle)
    assert bodies(queue) == ["C1"]


def send(queue: OrderedFifoQueue, body: str, deduplication_id: str) -> str:
    message = Message(MessageId=f"id-of-{body}", Body=body)
    sent = queue.put(message, message_group_id="A", message_deduplication_id=deduplication_id)
    return str(sent.message_id)


def test_a_deduplication_id_is_known_for_five_minutes(
    queue: OrderedFifoQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deduplication id is kept for five minutes, and can then be used again."""
    now = fifo.time.time()
    assert send(queue, "A2", "A1") == "id-of-A1"
    monkeypatch.setattr(fifo.time, "time", lambda: now + DEDUPLICATION_INTERVAL_IN_SEC - 1)
    assert send(queue, "A3", "A1") == "id-of-A1"
    assert len(queue.deduplication) == 4
    monkeypatch.setattr(fifo.time, "time", lambda: now + DEDUPLICATION_INTERVAL_IN_SEC + 1)
    assert send(queue, "A4", "A4") == "id-of-A4"
    assert [*queue.deduplication] == ["A4"]
    assert send(queue, "A5", "A1") == "id-of-A5"
