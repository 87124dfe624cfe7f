"""Tasks that are released over and over again come to an end."""

import uuid
from typing import Any

from lambdas.domain.task import MAX_TRIPS
from tests.e2e.direct import moved_by_sqs, opened, record_of, recorded
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh


def well_travelled(stack: Stack, **submission: Any) -> str:
    """A task that was released as often as it may be."""
    task_id = recorded(stack, **submission)
    stack.session.client("dynamodb").update_item(
        TableName=stack.outputs.task_table_name,
        Key={"taskId": {"S": task_id}},
        UpdateExpression="SET trips = :trips",
        ExpressionAttributeValues={":trips": {"N": str(MAX_TRIPS)}},
    )
    return task_id


def test_a_task_that_never_gets_to_an_attempt_is_given_up(stack: Stack) -> None:
    """Where process_task crashes before it begins, the monitor does not send a task back forever."""
    task_id = well_travelled(stack)
    moved_by_sqs(stack, task_id, 0)
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("DEAD_LETTERED", 0)
    assert (task["error"]["category"], task["error"]["type"]) == ("SYSTEM", "TooManyTrips")


def test_a_task_that_is_given_up_by_the_monitor_lets_its_followers_pass(stack: Stack) -> None:
    """A follower that waits without a message is queued by the monitor itself."""
    key = fresh("key")
    head = well_travelled(stack, orderingKey=key)
    follower = stack.accepted(orderingKey=key)
    stack.becomes(follower, "PARKED")
    moved_by_sqs(stack, head, 0)
    assert stack.ended(head)["status"] == "DEAD_LETTERED"
    assert stack.ended(follower)["status"] == "SUCCEEDED"


def test_a_circuit_that_is_always_open_uses_attempts_at_last(stack: Stack, sink: Sink) -> None:
    """A task is parked for its circuit without using an attempt, but not forever."""
    opened(stack, sink)
    task_id = well_travelled(stack, type="http.request", payload={"url": sink.url})
    stack.invoke("process_task", {"Records": [record_of(stack, task_id, str(uuid.uuid4()))]})
    task = stack.task(task_id)
    assert (task["status"], task["attempts"]) == ("RETRYING", 1)
    assert f"{MAX_TRIPS} times" in task["error"]["message"]
    assert stack.cancel(task_id).status == 202
