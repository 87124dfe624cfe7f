"""Batches from the event source mapping."""

from dataclasses import replace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.domain.message import TaskMessage
from lambdas.process_task.received import ReceivedBatch, Unreadable

BODY = '{"taskId": "a", "generation": 0, "correlationId": "c"}'


class Context(LambdaContext):
    """A context of an invocation with a quarter of a second left."""

    aws_request_id = "request-1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 250


def record(message_id: str, body: str, group: str | None) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "2", **({"MessageGroupId": group} if group else {})}
    return {"messageId": message_id, "receiptHandle": "handle", "body": body, "attributes": attributes}


def parse(*records: dict[str, Any]) -> ReceivedBatch:
    return ReceivedBatch.parse(SQSEvent({"Records": list(records)}).records, Context())


def test_a_record_is_read_once() -> None:
    """A received message is parsed, with its group, its receive count, its claimant and the time left."""
    [received] = parse(record("m1", BODY, "g")).messages
    assert received.message == TaskMessage(task_id="a", generation=0, correlation_id="c")
    assert (received.message_id, received.message_group, received.receive_count) == ("m1", "g", 2)
    assert (received.claimant, received.remaining_seconds()) == ("m1/request-1", 0.25)
    assert received.began_with_seconds == 0.25


def test_a_body_that_is_no_task_says_why() -> None:
    """An unreadable body is kept with the reason, and the batch's other messages are parsed."""
    [first, second] = parse(record("m1", "{", "g"), record("m2", BODY, "g")).messages
    assert isinstance(first.message, Unreadable)
    assert first.message.reason.startswith("not JSON: ")
    assert isinstance(second.message, TaskMessage)


def test_messages_are_found_by_their_group_and_id() -> None:
    """Messages are grouped in their order; a message without a group is a group of its own."""
    batch = parse(record("m1", BODY, "g"), record("m2", BODY, None), record("m3", BODY, "g"))
    groups = {group: [each.message_id for each in found] for group, found in batch.by_group.items()}
    assert groups == {"g": ["m1", "m3"], "m2": ["m2"]}
    assert batch.by_message_id["m3"] is batch.messages[2]


@pytest.mark.parametrize(
    ("timeout", "longest", "used", "has_time"),
    [
        (180, 60, 0, True),
        (180, 60, 115, True),  # 60 s are left for it, and 5 s to record the outcome
        (180, 60, 116, False),
        (180, 170, 5, True),  # no other invocation would have more
        (180, 170, 6, False),
        (6, 60, 3, True),  # never enough, but more in the first half than in the second
        (6, 60, 3.1, False),
    ],
)
def test_an_attempt_begins_while_there_is_time_for_it(
    timeout: float, longest: float, used: float, has_time: bool
) -> None:
    """An attempt begins if enough time is left for it, or if no other invocation would have more."""
    [received] = parse(record("m1", BODY, "g")).messages
    at_work = replace(received, began_with_seconds=timeout, remaining_seconds=lambda: timeout - used)
    assert at_work.has_time_for(longest) is has_time
