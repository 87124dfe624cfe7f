"""Sizes of payloads, bodies, histories and messages at their limits and beyond."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.errors import Category, TaskError
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from tests.e2e.direct import claimed, recorded, table_of
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually

FIRE = "\N{FIRE}"  # 4 bytes in UTF-8


def largest_payload() -> dict[str, str]:
    """Return a payload of the maximum size as JSON, with many characters of 4 bytes.

    The client escapes each of these as 12 bytes.
    """
    empty = len(b'{"text":""}')
    room = MAX_PAYLOAD_BYTES - empty
    fires = room // 16
    return {"text": FIRE * fires + "x" * (room - 4 * fires)}


def test_the_largest_payload_is_done_and_its_result_is_kept(stack: Stack) -> None:
    """The largest payload is accepted, and so is a result of the same size."""
    task = stack.ended(stack.accepted(payload=largest_payload()))
    assert task["status"] == "SUCCEEDED"
    assert task["result"] == largest_payload()
    assert task["payload"] == largest_payload()


def test_a_larger_payload_is_refused(stack: Stack) -> None:
    """A payload that is one byte too large is refused with a 413."""
    payload = largest_payload()
    answer = stack.submit(payload={"text": payload["text"] + "x"})
    assert answer.status == 413
    assert [each["field"] for each in answer.body["errors"]] == ["payload"]


@pytest.mark.parametrize("megabytes", [4.1, 5])
def test_a_larger_body_is_refused_unread(stack: Stack, megabytes: float) -> None:
    """A body of more than 4 MB, even if most is white space, is refused with a 413 that names `body`."""
    body = b'{"payload": {}}' + b" " * int(megabytes * 1024 * 1024)
    answer = stack.api.call("POST", "/tasks", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body["type"]) == (413, "urn:faultline:problem:too-large")
    assert [each["field"] for each in answer.body["errors"]] == ["body"]


def test_an_error_for_every_step_does_not_outgrow_the_record(stack: Stack) -> None:
    """A record has room for the largest payload and 20 generations of the longest errors.

    The history is shortened, but keeps its first entry and the number of omitted ones.
    """
    table = table_of(stack)
    task_id = recorded(stack, payload=largest_payload())
    error = TaskError.of(Category.SYSTEM, "Down", FIRE * 2000)
    for generation in range(20):
        task = claimed(table, task_id, generation)
        assert table.retrying(task, error, 0, receipt_handle="none", at=datetime.now(UTC))
        task = claimed(table, task_id, generation)
        assert task.attempts == 2
        assert table.dead_lettered(task, error, at=datetime.now(UTC))
        dead = table.get(task_id)
        assert dead is not None
        assert table.redriven(dead, at=datetime.now(UTC)).done
    found = table.get(task_id)
    assert found is not None
    assert found.generation == 20
    assert found.history[0].status == "PENDING"
    omitted = sum(entry.omitted or 0 for entry in found.history)
    assert omitted > 0
    assert omitted + len(found.history) == 1 + 20 * 5
    assert stack.task(task_id)["payload"] == largest_payload()


def sent(stack: Stack, body: str) -> str:
    return stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_queue_url,
        MessageBody=body,
        MessageGroupId=fresh("large"),
        MessageDeduplicationId=uuid.uuid4().hex,
    )["MessageId"]


def test_a_message_of_256_kb_is_refused_by_the_queue(stack: Stack) -> None:
    """A message of 256 KB is refused by the queue, whose limit is 64 KB."""
    with pytest.raises(ClientError) as refused:
        sent(stack, "x" * 256 * 1024)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("character", "size"), [("x", 1), (FIRE, 4), ('"', 1), ("\t", 1)], ids=["ascii", "wide", "quotes", "tabs"]
)
def test_the_largest_message_that_is_no_task_is_recorded_whole(
    stack: Stack, character: str, size: int
) -> None:
    """An invalid message of nearly 64 KB is recorded with its whole body, even if JSON escapes it."""
    body = fresh("large") + character * (64 * 1024 // size - 50)
    message_id = sent(stack, body)

    def look() -> dict[str, Any] | None:
        page = stack.api.tasks(status="DEAD_LETTERED", limit=20, view="full").body
        return next((task for task in page["tasks"] if task["payload"] == {"body": body}), None)

    task = eventually(look, what=f"a record of {message_id}", every=0.5)
    assert task["error"]["category"] == "VALIDATION"
