"""The maximum visibility timeout: twelve hours after a message was received.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

import time

import pytest
from localstack.aws.api.sqs import Message
from localstack.services.sqs.exceptions import InvalidParameterValueException
from localstack.services.sqs.models import SqsQueue, StandardQueue

from sandbox.services.sqs.limits import MAX_VISIBILITY_SECONDS, _update_visibility_timeout

HOUR = 3600


@pytest.fixture
def queue() -> StandardQueue:
    """Make a queue with one message."""
    made = StandardQueue("queue", "us-east-1", "000000000000")
    made.put(Message(MessageId="id", Body="body"))
    return made


def change(queue: StandardQueue, handle: str, seconds: int) -> None:
    _update_visibility_timeout(SqsQueue.update_visibility_timeout, queue, handle, seconds)


def test_extensions_do_not_add_up(queue: StandardQueue) -> None:
    """Extensions may not exceed the limit in total; a timeout can be ended at any time."""
    received = queue.receive(visibility_timeout=MAX_VISIBILITY_SECONDS)
    [message], [handle] = received.successful, received.receipt_handles
    message.last_received = time.time() - 11 * HOUR
    with pytest.raises(InvalidParameterValueException, match="beyond the limit"):
        change(queue, handle, HOUR + 60)
    change(queue, handle, HOUR - 60)
    message.last_received = time.time() - 13 * HOUR
    change(queue, handle, 0)
    assert queue.receive().successful


def test_all_of_the_time_can_be_taken_at_once(queue: StandardQueue) -> None:
    """All twelve hours can be used at once, since the duration of the request does not count."""
    [handle] = queue.receive(visibility_timeout=30).receipt_handles
    change(queue, handle, MAX_VISIBILITY_SECONDS)
