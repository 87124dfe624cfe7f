"""What comes over the queue: batches, duplicates, and what is no task."""

import json
import uuid
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from lambdas.aws.table import TaskTable
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from tests.e2e.alerts import Alerts
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually


def record_of(stack: Stack, task_id: str, message_id: str) -> dict[str, Any]:
    """A message about a task, as the event source mapping hands it over
    (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""
    return {
        "messageId": message_id,
        "receiptHandle": "none",
        "body": json.dumps({"taskId": task_id, "generation": 0, "correlationId": "c"}),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "0",
            "SenderId": "x",
            "ApproximateFirstReceiveTimestamp": "0",
            "MessageGroupId": task_id,
            "MessageDeduplicationId": message_id,
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:x.fifo",
        "awsRegion": stack.session.region_name,
    }


def recorded(stack: Stack, **submission: Any) -> str:
    """A task that is recorded, and whose message was never sent."""
    task_id = fresh("recorded")
    wanted = Submission.model_validate({"taskId": task_id, "payload": {}, "simulate": {}, **submission})
    task = accepted(wanted, task_id=task_id, max_attempts=3, correlation_id="c", at=datetime.now(UTC))
    table = TaskTable(stack.session.client("dynamodb"), stack.outputs.task_table_name)
    assert table.accept(task, wanted.fingerprint()).created
    return task_id


@pytest.mark.alone  # 20 writes must fit into the function's timeout
@pytest.mark.parametrize("bad", [0, 4, 9])
def test_one_bad_message_of_a_batch_costs_the_others_nothing(stack: Stack, bad: int) -> None:
    """Of 10 messages in one invocation one fails: it alone is returned, the other 9 are done."""
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
    """Two messages about one task: one makes the attempt, the other changes nothing."""
    task_id = recorded(stack)
    records = [record_of(stack, task_id, str(uuid.uuid4())) for _ in range(2)]
    assert stack.invoke("process_task", {"Records": records}) == {"batchItemFailures": []}
    task = stack.task(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)


def test_a_submission_that_was_never_queued_is_completed_by_its_repetition(stack: Stack) -> None:
    """A task recorded by a function that died before it sent the message is sent by the next submission."""
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
    """What is no task goes to the dead-letter queue as VALIDATION, and is kept with its body."""
    message_id = stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_queue_url,
        MessageBody=body,
        MessageGroupId=fresh("poison"),
        MessageDeduplicationId=uuid.uuid4().hex,
    )["MessageId"]

    def look() -> dict[str, Any] | None:
        page = stack.api.tasks(status="DEAD_LETTERED", limit=100).body
        found = [task for task in page["tasks"] if task["payload"] == {"body": body}]
        return found[0] if found else None

    task = eventually(look, within=30, what=f"a record of {message_id}", every=0.5)
    assert task["error"]["category"] == "VALIDATION"
    assert task["type"] == "unreadable"
    assert alerts.first(task["taskId"])["category"] == "VALIDATION"


def test_a_message_out_of_receives_whose_task_has_attempts_left_is_queued_again(stack: Stack) -> None:
    """A message that SQS gives up because its batches crashed is no dead task: it goes back and is done."""
    task_id = recorded(stack)
    stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_dlq_url,
        MessageBody=json.dumps({"taskId": task_id, "generation": 0, "correlationId": "c"}),
        MessageGroupId=task_id,
        MessageDeduplicationId=uuid.uuid4().hex,
    )
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)


def test_followers_wait_for_a_head_that_is_retried(stack: Stack) -> None:
    """Of three tasks of one ordering key in a batch the first fails: it is retried, and the two behind it
    run right after it, not after their visibility timeout, in order, with their first attempt."""
    key = fresh("key")
    # It holds the group until the three behind it are all on the queue, to be received together.
    first = stack.accepted(orderingKey=key, simulate={"latencyMs": 1500})
    head = stack.accepted(orderingKey=key, simulate={"failures": 1})
    followers = [stack.accepted(orderingKey=key) for _ in range(2)]
    ended = [stack.ended(task_id) for task_id in (first, head, *followers)]
    assert [task["status"] for task in ended] == ["SUCCEEDED"] * 4
    assert [task["attempts"] for task in ended] == [1, 2, 1, 1]
    spans = [(at(task, "PROCESSING"), at(task, "SUCCEEDED")) for task in ended]
    for (_, done), (begun, _) in pairwise(spans):
        assert done <= begun
    failed, last = (datetime.fromisoformat(moment) for moment in (at(ended[1], "RETRYING"), spans[-1][0]))
    assert (last - failed).total_seconds() < stack.settings.visibility_timeout_seconds - 2


def at(task: dict[str, Any], status: str) -> str:
    """When the task was last in that state; such times sort as strings."""
    return str([entry["at"] for entry in task["history"] if entry["status"] == status][-1])
