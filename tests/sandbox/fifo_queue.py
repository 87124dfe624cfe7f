"""FIFO queues that are deleted after each test."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

Make = Callable[..., "Queue"]


class Queue:
    """A FIFO queue with the few calls that the tests make."""

    def __init__(self, sqs: Any, **attributes: str) -> None:
        self.sqs = sqs
        name = f"{uuid4().hex}.fifo"
        created = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true", **attributes})
        self.url = created["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = found["Attributes"]["QueueArn"]

    def send(self, *bodies: str, deduplication_id: str | None = None) -> None:
        """Send messages; a body is its group's name and a number, such as "A1"."""
        for body in bodies:
            self.sqs.send_message(
                QueueUrl=self.url,
                MessageBody=body,
                MessageGroupId=body[0],
                MessageDeduplicationId=deduplication_id or uuid4().hex,
            )

    def receive(self, most: int = 10, wait: int = 0, **options: Any) -> dict[str, Any]:
        """Receive messages; return them by their bodies, in the order of arrival."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            **options,
        )
        return {message["Body"]: message for message in answer.get("Messages", [])}

    def hide(self, message: dict[str, Any], seconds: int) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )

    def delete(self, message: dict[str, Any]) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def make(client: Callable[[str], Any]) -> Iterator[Make]:
    """Provide a factory of queues, which are deleted after the test."""
    made: list[Queue] = []

    def queue(**attributes: str) -> Queue:
        made.append(Queue(client("sqs"), **attributes))
        return made[-1]

    yield queue
    for each in made:
        each.sqs.delete_queue(QueueUrl=each.url)


@pytest.fixture
def queue(make: Make) -> Queue:
    return make()


@pytest.fixture
def dead_letters(make: Make) -> Queue:
    return make()
