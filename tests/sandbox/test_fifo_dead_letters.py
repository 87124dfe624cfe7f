"""Documented behaviour of dead-letter queues and redrives of SQS FIFO queues."""

import pytest

from tests.eventually import eventually
from tests.sandbox.fifo_queue import Make, Queue, dead_letters, make, queue

__all__ = ["dead_letters", "make", "queue"]  # fixtures


@pytest.fixture
def source(make: Make, dead_letters: Queue) -> Queue:
    """Make a queue whose messages move to the dead-letter queue instead of being received twice."""
    policy = f'{{"deadLetterTargetArn": "{dead_letters.arn}", "maxReceiveCount": "1"}}'
    return make(RedrivePolicy=policy)


def test_a_message_moves_when_it_would_be_received_too_often(source: Queue, dead_letters: Queue) -> None:
    """A message without receives left moves to the dead-letter queue at the next receive."""
    source.send("A1")
    source.hide(source.receive()["A1"], 0)
    assert not dead_letters.receive()
    assert not source.receive()
    assert [*dead_letters.receive()] == ["A1"]


def test_dead_letters_keep_their_order_and_let_followers_pass(source: Queue, dead_letters: Queue) -> None:
    """A group's messages without receives left move in order, and its other messages are delivered."""
    source.send("A1", "A2", "A3")
    for message in source.receive(most=2).values():
        source.hide(message, 0)
    assert [*source.receive()] == ["A3"]
    assert [*dead_letters.receive()] == ["A1", "A2"]


def test_a_dead_letter_has_its_message_id_as_deduplication_id(source: Queue, dead_letters: Queue) -> None:
    """A dead letter keeps its id and group, and gets its message id as deduplication id."""
    source.send("A1", deduplication_id="original")
    message = source.receive()["A1"]
    source.hide(message, 0)
    source.receive()
    letter = dead_letters.receive()["A1"]
    assert letter["MessageId"] == message["MessageId"]
    assert letter["Attributes"]["MessageDeduplicationId"] == message["MessageId"]
    assert letter["Attributes"]["MessageGroupId"] == "A"
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == source.arn


def test_two_dead_letters_with_one_deduplication_id_are_both_kept(make: Make, dead_letters: Queue) -> None:
    """Messages of two queues that happen to share a deduplication id both reach the dead-letter queue."""
    policy = f'{{"deadLetterTargetArn": "{dead_letters.arn}", "maxReceiveCount": "1"}}'
    for source, body in ((make(RedrivePolicy=policy), "A1"), (make(RedrivePolicy=policy), "B1")):
        source.send(body, deduplication_id="same")
        source.hide(source.receive()[body], 0)
        source.receive()
    assert [*dead_letters.receive()] == ["A1", "B1"]


def test_a_redriven_message_arrives_each_time(source: Queue, dead_letters: Queue) -> None:
    """A message that is redriven repeatedly arrives each time, with a new id."""
    source.send("A1")
    ids = set()
    for _ in range(3):
        message = source.receive(wait=5)["A1"]
        ids.add(message["MessageId"])
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
        source.hide(message, 0)
        assert not source.receive()
        source.sqs.start_message_move_task(SourceArn=dead_letters.arn)
        eventually(lambda: _move_status(dead_letters) == "COMPLETED")
    assert len(ids) == 3
    assert not dead_letters.receive()


def test_a_redrive_goes_to_another_queue_when_told(source: Queue, dead_letters: Queue, queue: Queue) -> None:
    """A redrive with a destination moves the messages there, in order."""
    source.send("A1", "A2")
    for message in source.receive().values():
        source.hide(message, 0)
    source.receive()
    source.sqs.start_message_move_task(SourceArn=dead_letters.arn, DestinationArn=queue.arn)
    eventually(lambda: _move_status(dead_letters) == "COMPLETED")
    assert [*queue.receive()] == ["A1", "A2"]


def _move_status(queue: Queue) -> str:
    status: str = queue.sqs.list_message_move_tasks(SourceArn=queue.arn)["Results"][0]["Status"]
    return status
