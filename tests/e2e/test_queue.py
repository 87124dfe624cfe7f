"""Messages of the queue: batches, duplicates, and messages that are not tasks."""

import json
import uuid
from typing import Any

import pytest

from tests.e2e.alerts import Alerts
from tests.e2e.direct import record_of, recorded
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually


@pytest.mark.alone  # 20 writes must fit into the function's timeout
@pytest.mark.parametrize("bad", [0, 4, 9])
def test_one_bad_message_of_a_batch_costs_the_others_nothing(stack: Stack, bad: int) -> None:
    """If the task of one of ten messages fails, only that message is returned; nine tasks are done."""
    tasks = [
        recorded(stack, simulate={"failures": 1, "error": "SYSTEM"} if n == bad else {}) for n in range(10)
    ]
    messages = [str(uuid.uuid4()) for _ in tasks]
    event = {"Records": [record_of(stack, *pair) for pair in zip(tasks, messages, strict=True)]}
    returned = stack.invoke("process_task", event)
    assert returned == {"batchItemFailures": [{"itemIdentifier": messages[bad]}]}
    found = [stack.task(task_id)["status"] for task_id in tasks]
    assert found == ["RETRYING" if n == bad else "SUCCEEDED" for n in range(10)]


def test_a_task_delivered_twice_in_a_batch_is_done_once(stack: Stack) -> None:
    """Of two messages about a task in a batch, one makes the attempt, and the other changes nothing."""
    task_id = recorded(stack)
    records = [record_of(stack, task_id, str(uuid.uuid4())) for _ in range(2)]
    assert stack.invoke("process_task", {"Records": records}) == {"batchItemFailures": []}
    task = stack.task(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)


def test_a_submission_that_was_never_queued_is_completed_by_its_repetition(stack: Stack) -> None:
    """A repeated submission sends the missing message of a recorded task."""
    task_id = recorded(stack)
    assert stack.task(task_id)["status"] == "PENDING"
    answer = stack.submit(taskId=task_id)
    assert answer.status == 200
    assert answer.body["status"] != "PENDING"
    assert stack.ended(task_id)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "body",
    [
        "not JSON at all",
        "[]",
        '{"taskId": "x"}',
        '{"taskId": "no such task", "generation": 0, "correlationId": "c"}',
        '{"taskId": "there-is-no-such-task", "generation": 0, "correlationId": "c"}',
        '{"taskId": "x", "generation": NaN, "correlationId": "c"}',
    ],
)
def test_a_message_that_is_no_task_is_recorded(stack: Stack, alerts: Alerts, body: str) -> None:
    """A message that is not a task is recorded with its body as a VALIDATION dead letter, and alerted."""
    message_id = stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_queue_url,
        MessageBody=body,
        MessageGroupId=fresh("poison"),
        MessageDeduplicationId=uuid.uuid4().hex,
    )["MessageId"]

    def look() -> dict[str, Any] | None:
        page = stack.api.tasks(status="DEAD_LETTERED", limit=100, view="full").body
        found = [task for task in page["tasks"] if task["payload"] == {"body": body}]
        return found[0] if found else None

    task = eventually(look, what=f"a record of {message_id}", every=0.5)
    assert task["error"]["category"] == "VALIDATION"
    assert task["type"] == "unreadable"
    assert alerts.first(task["taskId"])["category"] == "VALIDATION"


def test_a_message_out_of_receives_whose_task_has_attempts_left_is_queued_again(stack: Stack) -> None:
    """A task with attempts left whose message SQS moved to the dead-letter queue is queued again."""
    task_id = recorded(stack)
    stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_dlq_url,
        MessageBody=json.dumps({"taskId": task_id, "generation": 0, "correlationId": "c"}),
        MessageGroupId=task_id,
        MessageDeduplicationId=uuid.uuid4().hex,
    )
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)
