"""Queue names in place of URLs, as in LocalStack without our plug-ins."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest


@pytest.fixture
def named(client: Callable[[str], Any]) -> Iterator[tuple[Any, dict[str, str]]]:
    """Provide an SQS client and a queue's name."""
    sqs, name = client("sqs"), f"named-{uuid4().hex}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield sqs, {"QueueUrl": name}
    sqs.delete_queue(QueueUrl=url)


def test_messages_are_sent_and_received_by_name(named: tuple[Any, dict[str, str]]) -> None:
    """Messages are sent, received, changed and deleted by the queue's name, singly or in batches."""
    sqs, queue = named
    sqs.send_message(**queue, MessageBody="1")
    sqs.send_message_batch(**queue, Entries=[{"Id": "2", "MessageBody": "2"}])
    messages = sqs.receive_message(**queue, MaxNumberOfMessages=10)["Messages"]
    assert {message["Body"] for message in messages} == {"1", "2"}
    first, second = (message["ReceiptHandle"] for message in messages)
    sqs.change_message_visibility(**queue, ReceiptHandle=first, VisibilityTimeout=60)
    sqs.delete_message(**queue, ReceiptHandle=first)
    sqs.delete_message_batch(**queue, Entries=[{"Id": "2", "ReceiptHandle": second}])
    attributes = sqs.get_queue_attributes(**queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_queues_are_managed_by_name(named: tuple[Any, dict[str, str]]) -> None:
    """A queue's attributes, tags, permissions and messages are managed by its name."""
    sqs, queue = named
    sqs.set_queue_attributes(**queue, Attributes={"VisibilityTimeout": "7"})
    sqs.tag_queue(**queue, Tags={"a": "b"})
    sqs.add_permission(**queue, Label="l", AWSAccountIds=["000000000007"], Actions=["SendMessage"])
    sqs.remove_permission(**queue, Label="l")
    sqs.send_message(**queue, MessageBody="1")
    sqs.purge_queue(**queue)
    assert sqs.list_queue_tags(**queue)["Tags"] == {"a": "b"}
    assert not sqs.list_dead_letter_source_queues(**queue).get("queueUrls")
    attributes = sqs.get_queue_attributes(**queue, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "7"
    assert attributes["ApproximateNumberOfMessages"] == "0"
