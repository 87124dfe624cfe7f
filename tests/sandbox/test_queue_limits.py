"""Limits of visibility timeouts and of queue attributes."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

HOURS_12 = 43_200


class Queue:
    """A standard queue with the calls that the tests make."""

    def __init__(self, sqs: Any, name: str) -> None:
        self.sqs = sqs
        self.name = name
        self.url = sqs.create_queue(QueueName=name)["QueueUrl"]

    def receive(self, **options: Any) -> Any:
        return self.sqs.receive_message(QueueUrl=self.url, **options).get("Messages", [])

    def hide(self, handle: str, seconds: int) -> None:
        self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=seconds)


@pytest.fixture
def queue(client: Callable[[str], Any]) -> Iterator[Queue]:
    """Make a queue with one message."""
    made = Queue(client("sqs"), f"limited-{uuid4().hex}")
    made.sqs.send_message(QueueUrl=made.url, MessageBody="body")
    yield made
    made.sqs.delete_queue(QueueUrl=made.url)


@pytest.mark.parametrize("seconds", [-1, HOURS_12 + 1])
def test_a_message_is_invisible_for_at_most_12_hours(queue: Queue, seconds: int) -> None:
    """ChangeMessageVisibility and its batch refuse a negative timeout and one above 12 hours.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    [message] = queue.receive(VisibilityTimeout=600)
    handle = message["ReceiptHandle"]
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        queue.hide(handle, seconds)
    entry = {"Id": "1", "ReceiptHandle": handle, "VisibilityTimeout": seconds}
    answer = queue.sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=[entry])
    assert [each["Id"] for each in answer["Failed"]] == ["1"]
    assert not answer.get("Successful")
    assert not queue.receive()
    queue.hide(handle, HOURS_12)
    queue.hide(handle, 0)
    assert queue.receive()


@pytest.mark.parametrize("seconds", [-1, HOURS_12 + 1])
def test_a_receive_hides_for_at_most_12_hours(queue: Queue, seconds: int) -> None:
    """A receive with a negative timeout or one above 12 hours is refused, and hides no message.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        queue.receive(VisibilityTimeout=seconds)
    assert queue.receive(VisibilityTimeout=HOURS_12)


@pytest.mark.parametrize(
    ("attribute", "least", "largest"),
    [
        ("VisibilityTimeout", 0, HOURS_12),
        ("DelaySeconds", 0, 900),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("MaximumMessageSize", 1_024, 1_048_576),
    ],
)
def test_attributes_have_limits(queue: Queue, attribute: str, least: int, largest: int) -> None:
    """Attributes of standard and FIFO queues have limits, at creation and later.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    for value in (str(least - 1), str(largest + 1), "many"):
        with pytest.raises(ClientError, match="InvalidAttributeValue"):
            queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={attribute: value})
        for name, kind in ((f"{queue.name}-2", {}), (f"{queue.name}.fifo", {"FifoQueue": "true"})):
            with pytest.raises(ClientError, match="InvalidAttributeValue"):
                queue.sqs.create_queue(QueueName=name, Attributes={attribute: value, **kind})
    for number in (least, largest):
        queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={attribute: str(number)})
    assert len(queue.sqs.list_queues(QueueNamePrefix=queue.name)["QueueUrls"]) == 1
