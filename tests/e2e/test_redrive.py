"""Redrives of dead letters, singly and in bulk."""

import json
import uuid
from datetime import datetime
from typing import Any

import pytest

from tests.e2e.alerts import Alerts
from tests.e2e.direct import recorded
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, Task, fresh
from tests.e2e.test_schedule import later
from tests.eventually import eventually


def test_a_dead_letter_is_redriven(stack: Stack, sink: Sink) -> None:
    """A redrive begins generation 1, with its own attempts and idempotency key, and keeps the history."""
    sink.answer(404)
    dead = stack.ended(stack.delivers(sink.url))
    assert (dead["status"], dead["generation"], dead["attempts"]) == ("DEAD_LETTERED", 0, 1)
    sink.answer(200)
    answer = stack.redrive(dead["taskId"])
    assert answer.status == 202, answer.problem()
    assert (answer.body["taskId"], answer.body["generation"]) == (dead["taskId"], 1)
    task = stack.ended(dead["taskId"])
    assert (task["status"], task["generation"], task["attempts"]) == ("SUCCEEDED", 1, 1)
    assert "error" not in task
    assert task["history"][: len(dead["history"])] == dead["history"]
    begun, *steps = task["history"][len(dead["history"]) :]
    assert (begun["status"], begun["generation"]) == ("PENDING", 1)
    assert [step["attempt"] for step in steps if step["status"] == "PROCESSING"] == [1]
    assert sink.effects() == {f"{dead['taskId']}:1": 1}


def test_a_redriven_task_has_all_its_attempts(stack: Stack) -> None:
    """A redriven task has as many attempts as before."""
    task_id = stack.accepted(simulate={"error": "SYSTEM"})
    assert stack.ended(task_id)["attempts"] == 3
    assert stack.redrive(task_id).status == 202
    task = again_dead(stack, task_id, 1)
    assert task["attempts"] == 3
    attempts = [step["attempt"] for step in task["history"] if step["status"] == "PROCESSING"]
    assert attempts == [1, 2, 3, 1, 2, 3]


def test_a_redriven_task_that_dies_again_is_told_of_again(stack: Stack, alerts: Alerts) -> None:
    """A redriven task that is dead-lettered again is alerted again, and can be redriven again."""
    task_id = stack.accepted(simulate={"error": "VALIDATION"})
    stack.ended(task_id)
    for generation in (1, 2):
        answer = stack.redrive(task_id)
        assert (answer.status, answer.body["generation"]) == (202, generation)
        again_dead(stack, task_id, generation)
    told = eventually(lambda: alerts.of(task_id) if len(alerts.of(task_id)) >= 3 else None, what="3 alerts")
    assert len(told) == 3


def again_dead(stack: Stack, task_id: str, generation: int) -> Task:
    """Wait until a generation of a task is dead-lettered, and return the task."""

    def look() -> Task | None:
        task = stack.task(task_id)
        return task if (task["status"], task["generation"]) == ("DEAD_LETTERED", generation) else None

    return eventually(look, what=f"{task_id} died in generation {generation}", every=0.1)


def test_only_a_dead_letter_is_redriven(stack: Stack) -> None:
    """Redriving a scheduled, succeeded or cancelled task gets a 409, and an unknown one a 404."""
    scheduled = stack.accepted(runAt=later(86400).isoformat())
    succeeded = stack.ended(stack.accepted())["taskId"]
    for task_id in (scheduled, succeeded):
        before = stack.task(task_id)
        answer = stack.redrive(task_id)
        assert (answer.status, answer.body["type"]) == (409, "urn:faultline:problem:not-redrivable")
        assert answer.body["detail"].endswith("only dead letters can be redriven.")
        assert stack.task(task_id) == before
    assert stack.redrive(fresh("nothing")).status == 404
    assert stack.cancel(scheduled).status == 202
    assert stack.redrive(scheduled).status == 409


def test_a_message_that_is_no_task_is_not_redriven(stack: Stack) -> None:
    """Redriving the record of an invalid message gets a 409, and changes nothing."""
    body = f"no task {uuid.uuid4()}"
    stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_queue_url,
        MessageBody=body,
        MessageGroupId=fresh("poison"),
        MessageDeduplicationId=uuid.uuid4().hex,
    )

    def look() -> Task | None:
        page = stack.api.tasks(status="DEAD_LETTERED", limit=100, view="full").body["tasks"]
        return next((task for task in page if task["payload"] == {"body": body}), None)

    task = eventually(look, what="a record of the message", every=0.2)
    answer = stack.redrive(task["taskId"])
    assert (answer.status, answer.body["type"]) == (409, "urn:faultline:problem:not-redrivable")
    assert "belongs to no task" in answer.body["detail"]
    assert stack.task(task["taskId"]) == task


def dead_of(stack: Stack, category: str) -> Task:
    """Return a task that was dead-lettered with `category` after its only attempt."""
    simulate: dict[str, Any] = {"failures": 1, "error": category}
    task_id = recorded(stack, max_attempts=1, simulate=simulate)
    assert stack.submit(taskId=task_id, simulate=simulate).status == 200
    task = stack.ended(task_id)
    assert task["status"] == "DEAD_LETTERED"
    return task


def test_dead_letters_are_redriven_by_category_and_time(stack: Stack) -> None:
    """POST /redrives redrives dead letters of a category from before a time, up to a limit."""
    # Other tests have no dead letters of UNKNOWN.
    wanted = [dead_of(stack, "UNKNOWN") for _ in range(2)]
    of_another_category = dead_of(stack, "NETWORK")
    before = later(0)
    too_late = dead_of(stack, "UNKNOWN")
    assert datetime.fromisoformat(too_late["updatedAt"]) > before
    criteria = {"category": "UNKNOWN", "before": before.isoformat()}

    answer = stack.api.call("POST", "/redrives", json={**criteria, "limit": 1})
    assert (answer.status, answer.body) == (202, {"redriven": 1, "more": True}), answer.problem()
    assert sum(stack.task(task["taskId"])["generation"] for task in wanted) <= 1
    answer = stack.api.call("POST", "/redrives", json=criteria)
    assert (answer.status, answer.body["more"]) == (202, False)
    assert answer.body["redriven"] >= 1
    assert [stack.task(task["taskId"])["generation"] for task in wanted] == [1, 1]
    for task in wanted:
        again_dead(stack, task["taskId"], 1)
    # Tasks that died again did so after that time, and are not redriven.
    assert stack.api.call("POST", "/redrives", json=criteria).body == {"redriven": 0, "more": False}
    for task in (of_another_category, too_late):
        assert stack.task(task["taskId"]) == task


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"category": "BAD"}, "category"),
        ({"before": "now"}, "before"),
        ({"before": 1769860800}, "before"),
        ({"since": "2026-01-01T00:00:00Z"}, "since"),
    ],
)
def test_criteria_that_are_none_are_refused(stack: Stack, criteria: dict[str, Any], field: str) -> None:
    """Invalid criteria are refused with a 400 that names the field."""
    answer = stack.api.call("POST", "/redrives", json=criteria)
    assert answer.status == 400, json.dumps(answer.body)
    assert [error["field"] for error in answer.body["errors"]] == [field]
