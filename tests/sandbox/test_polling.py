"""Event source mappings take messages from FIFO queues without delay."""

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psutil
import pytest

from sandbox.record import Sandbox
from tests.sandbox.conftest import eventually

# Fails at the first receive; the message is visible again after 1 s.
SOURCE = """
def handle(event, context):
    return {"batchItemFailures": [
        {"itemIdentifier": record["messageId"]} for record in event["Records"]
        if record["body"] == "fail once" and record["attributes"]["ApproximateReceiveCount"] == "1"
    ]}
"""


@pytest.fixture(scope="module")
def queue_url(client: Callable[[str], Any]) -> Iterator[str]:
    """A FIFO queue with a visibility timeout of 1 s, whose mapping has handled its first message."""
    name, sqs, functions = f"f{uuid4().hex}", client("sqs"), client("lambda")
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "1"}
    url = sqs.create_queue(QueueName=f"{name}.fifo", Attributes=attributes)["QueueUrl"]
    artifact = io.BytesIO()
    with zipfile.ZipFile(artifact, "w") as archive:
        archive.writestr("function.py", SOURCE)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="function.handle",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": artifact.getvalue()},
        Timeout=1,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    mapping = functions.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=f"arn:aws:sqs:us-east-1:000000000000:{name}.fifo",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    _handled_after(sqs, url, "first", within=30)
    yield url
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    functions.delete_function(FunctionName=name)
    sqs.delete_queue(QueueUrl=url)


def test_a_message_is_handled_at_once(client: Callable[[str], Any], queue_url: str) -> None:
    """Messages that are sent while a mapping waits are handled within half a second, one after the other."""
    for number in range(5):
        assert _handled_after(client("sqs"), queue_url, str(number)) < 0.5


def test_a_failed_message_is_handled_again_when_it_returns(
    client: Callable[[str], Any], queue_url: str
) -> None:
    """A message whose first handling failed is handled again right after its visibility timeout of 1 s."""
    assert _handled_after(client("sqs"), queue_url, "fail once") == pytest.approx(1.25, abs=0.3)


def test_waiting_costs_little(sandbox: Sandbox, queue_url: str) -> None:
    """A mapping that waits at an empty queue takes less than 5 % of a core."""
    process = psutil.Process(sandbox.pid)
    process.cpu_percent()
    assert process.cpu_percent(interval=3) < 5


def _handled_after(sqs: Any, queue_url: str, body: str, within: float = 10) -> float:
    """Seconds from the sending of a message until it is deleted."""
    sent = time.monotonic()
    sqs.send_message(
        QueueUrl=queue_url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=uuid4().hex
    )
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def empty() -> bool:
        answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=counts)
        return set(answer["Attributes"].values()) == {"0"}

    eventually(empty, within)
    return time.monotonic() - sent
