"""Tasks with `expiresAt`, which end without an attempt if they have not begun by then."""

from datetime import datetime
from typing import Any

import pytest

from tests.e2e.direct import opened_without_probes, record_of, recorded
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh, statuses
from tests.e2e.test_schedule import later


def soon(seconds: float) -> str:
    return later(seconds).isoformat()


def test_followers_pass_a_parked_head_that_expires(stack: Stack, sink: Sink, another_sink: Sink) -> None:
    """Followers of a parked task run when it expires."""
    opened_without_probes(stack, sink)
    key = fresh("key")
    head = stack.delivers(sink.url, orderingKey=key, expiresAt=soon(4))
    follower = stack.delivers(another_sink.url, orderingKey=key)
    expired = stack.ended(head)
    assert (expired["status"], expired["attempts"]) == ("EXPIRED", 0)
    assert datetime.fromisoformat(expired["updatedAt"]) >= datetime.fromisoformat(expired["expiresAt"])
    assert stack.ended(follower)["status"] == "SUCCEEDED"
    assert head not in sink.order()


def test_a_message_that_comes_too_late_makes_no_attempt(stack: Stack, sink: Sink) -> None:
    """A message that arrives after the deadline makes no attempt, and expires the task."""
    task_id = recorded(stack, type="http.request", payload={"url": sink.url}, expiresAt=soon(-1))
    answer = stack.invoke("process_task", {"Records": [record_of(stack, task_id, fresh("message"))]})
    assert answer == {"batchItemFailures": []}
    assert statuses(stack.task(task_id)) == ["PENDING", "EXPIRED"]
    assert sink.requests() == []


def test_a_task_that_begins_in_time_goes_on_after_its_deadline(stack: Stack) -> None:
    """A task whose first attempt began before the deadline continues after it, and has no timer left."""
    failing = {"failures": 2, "error": "SYSTEM", "latencyMs": 3000}
    retried = stack.accepted(expiresAt=soon(9), simulate=failing)
    # Invoked here, as a message could take too long to arrive on a busy machine.
    running = recorded(stack, expiresAt=soon(3.5), simulate={"latencyMs": 4000})
    answer = stack.invoke("process_task", {"Records": [record_of(stack, running, fresh("message"))]})
    assert answer == {"batchItemFailures": []}
    for task_id in (running, retried):
        task = stack.ended(task_id)
        assert task["status"] == "SUCCEEDED"
        assert task["updatedAt"] > task["expiresAt"]
        assert timer_of(stack, task_id) is None


def test_a_task_that_is_cancelled_does_not_expire(stack: Stack) -> None:
    """A cancelled task does not expire, and its timer is deleted."""
    task_id = stack.accepted(runAt=soon(86400), expiresAt=soon(90000))
    assert timer_of(stack, task_id) is not None
    assert stack.cancel(task_id).status == 202
    assert timer_of(stack, task_id) is None


@pytest.mark.parametrize(
    "times",
    [{"expiresAt": soon(-1)}, {"expiresAt": soon(3 * 366 * 86400)}, {"runAt": soon(9), "expiresAt": soon(5)}],
    ids=["past", "too far ahead", "before runAt"],
)
def test_a_deadline_that_is_none_is_refused(stack: Stack, times: dict[str, str]) -> None:
    """A deadline in the past, three years ahead, or before `runAt` is refused with a 400."""
    answer = stack.submit(**times)
    assert answer.status == 400, answer.problem()
    assert [error["field"] for error in answer.body["errors"]] == ["expiresAt"]


def test_a_submission_may_be_repeated_after_its_deadline(stack: Stack) -> None:
    """A repeated submission returns the task after its deadline; another task with its id is a conflict."""
    task_id = recorded(stack, expiresAt=soon(-1))
    submission: dict[str, Any] = {"taskId": task_id, "expiresAt": stack.task(task_id)["expiresAt"]}
    assert stack.submit(**submission).status == 200
    assert stack.ended(task_id)["status"] == "EXPIRED"
    assert stack.submit(**submission, payload={"another": True}).status == 409


def timer_of(stack: Stack, task_id: str) -> object:
    return stack.item(f"timer/expiry/{task_id}")
