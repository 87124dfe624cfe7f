"""SQS's metrics.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests.eventually import eventually
from tests.sandbox.metrics.conftest import Metrics


class Queue:
    """A queue with its metrics."""

    def __init__(self, client: Callable[[str], Any], name: str, **attributes: str) -> None:
        self.sqs = client("sqs")
        self.url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.metrics = Metrics(client("cloudwatch"), "AWS/SQS", {"QueueName": name})
        self.name = name

    @property
    def arn(self) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def send(self, body: str = "body", **settings: Any) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **settings)

    def receive(self, most: int = 10, **settings: Any) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=most, **settings)
        return list(answer.get("Messages", []))

    def delete(self, *messages: dict[str, Any]) -> None:
        entries = [{"Id": str(i), "ReceiptHandle": each["ReceiptHandle"]} for i, each in enumerate(messages)]
        self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)

    def delete_queue(self) -> None:
        """Delete the queue, unless it is deleted already."""
        with suppress(self.sqs.exceptions.QueueDoesNotExist):
            self.sqs.delete_queue(QueueUrl=self.url)

    def expect_levels(self, **levels: float) -> None:
        """Wait for levels of the queue, given by the metrics' names without `Approximate`."""

        def found() -> bool:
            return {each: self.metrics.level(f"Approximate{each}") for each in levels} == levels

        eventually(found, what=f"{levels}", every=0.2)


@pytest.fixture
def make(client: Callable[[str], Any], name: str) -> Iterator[Callable[..., Queue]]:
    """Provide a factory of queues, which are deleted at the end."""
    with ExitStack() as stack:

        def made(suffix: str = "", **attributes: str) -> Queue:
            queue = Queue(client, name + suffix, **attributes)
            stack.callback(queue.delete_queue)
            return queue

        yield made


def test_messages_are_counted(make: Callable[..., Queue]) -> None:
    """Sent, received and deleted messages and empty receives are counted; sizes include attributes."""
    queue = make()
    assert queue.receive() == []
    queue.send("12345")
    queue.send("1", MessageAttributes={"name": {"DataType": "String", "StringValue": "value"}})
    queue.sqs.send_message_batch(
        QueueUrl=queue.url, Entries=[{"Id": "0", "MessageBody": "123"}, {"Id": "1", "MessageBody": "123"}]
    )
    first = queue.receive(1)
    queue.delete(*first, *queue.receive())
    assert queue.receive() == []
    queue.metrics.expect(
        NumberOfMessagesSent=4,
        NumberOfMessagesReceived=4,
        NumberOfMessagesDeleted=4,
        NumberOfEmptyReceives=2,
        SentMessageSize=5 + (1 + len("nameStringvalue")) + 3 + 3,
    )
    assert queue.metrics.total("SentMessageSize", "Minimum", unit="Bytes") == 3
    assert queue.metrics.total("SentMessageSize", "SampleCount") == 4
    assert queue.metrics.total("NumberOfMessagesSent", unit="Bytes") is None
    assert queue.metrics.total("NumberOfDeduplicatedSentMessages") is None


def test_levels_follow_the_messages(make: Callable[..., Queue]) -> None:
    """A queue's levels follow its numbers of visible, in-flight and delayed messages."""
    queue = make(VisibilityTimeout="60")
    for delay in (0, 0, 0, 60):
        queue.send(DelaySeconds=delay)
    queue.expect_levels(NumberOfMessagesVisible=3, NumberOfMessagesNotVisible=0, NumberOfMessagesDelayed=1)
    received = queue.receive(1)
    queue.expect_levels(NumberOfMessagesVisible=2, NumberOfMessagesNotVisible=1)
    queue.delete(*received, *queue.receive())
    queue.expect_levels(NumberOfMessagesVisible=0, NumberOfMessagesNotVisible=0, NumberOfMessagesDelayed=1)


def test_a_minute_has_one_value_of_a_level(make: Callable[..., Queue]) -> None:
    """A level has one sample per minute, so that the sum over a minute is the level itself."""
    queue = make()
    queue.send()
    queue.expect_levels(NumberOfMessagesVisible=1)
    eventually(lambda: (queue.metrics.level("ApproximateAgeOfOldestMessage") or 0) >= 2, every=0.2)
    counts = queue.metrics.values("ApproximateNumberOfMessagesVisible", "SampleCount")
    assert set(counts) == {1}


def test_the_oldest_message_has_an_age(make: Callable[..., Queue]) -> None:
    """The age of the oldest message is in seconds since it was sent, even while it is in flight."""
    queue = make()
    queue.send()
    queue.receive(VisibilityTimeout=60)
    eventually(lambda: (queue.metrics.level("ApproximateAgeOfOldestMessage") or 0) >= 1, every=0.2)
    assert queue.metrics.total("ApproximateAgeOfOldestMessage", "Maximum", unit="Seconds")


def test_a_fifo_queue_tells_groups_and_duplicates(make: Callable[..., Queue]) -> None:
    """A duplicate does not count as sent; a group counts while one of its messages is in flight."""
    queue = make(".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for body in ("a1", "a2", "b1", "c1", "a1"):
        queue.send(body, MessageGroupId=body[0])
    assert len(queue.receive(3)) == 3  # a1, a2 and one of another group
    queue.metrics.expect(NumberOfMessagesSent=4, NumberOfDeduplicatedSentMessages=1)
    queue.expect_levels(
        NumberOfGroupsWithInflightMessages=2, NumberOfMessagesNotVisible=3, NumberOfMessagesVisible=1
    )


def test_a_message_that_is_moved_is_not_sent(make: Callable[..., Queue]) -> None:
    """A message that SQS moves to a dead-letter queue is visible there, but does not count as sent."""
    dead = make("-dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    queue = make(VisibilityTimeout="0", RedrivePolicy=policy)
    queue.send()
    assert len(queue.receive()) == 1
    assert queue.receive() == []
    dead.expect_levels(NumberOfMessagesVisible=1)
    assert dead.metrics.total("NumberOfMessagesSent") is None
    dead.send()
    dead.metrics.expect(NumberOfMessagesSent=1)
    queue.metrics.expect(NumberOfMessagesSent=1, NumberOfMessagesReceived=1, NumberOfEmptyReceives=1)


def test_a_deleted_queue_disturbs_no_other(make: Callable[..., Queue]) -> None:
    """A deleted queue's metrics stay, and those of other queues continue."""
    gone, other = make("-gone"), make("-other")
    gone.send()
    gone.metrics.expect(NumberOfMessagesSent=1)
    gone.delete_queue()
    other.send()
    other.expect_levels(NumberOfMessagesVisible=1)
    assert gone.metrics.total("NumberOfMessagesSent") == 1


def test_metrics_are_of_a_region(make: Callable[..., Queue], client: Callable[..., Any], name: str) -> None:
    """A queue's metrics do not exist in another region."""
    queue = make()
    queue.send()
    queue.metrics.expect(NumberOfMessagesSent=1)
    elsewhere = client("cloudwatch", region="eu-west-1")
    assert elsewhere.list_metrics(Dimensions=[{"Name": "QueueName", "Value": name}])["Metrics"] == []
