"""DELETE /tasks/{taskId}: cancellation of waiting, running and ended tasks."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.store.snapshot import Claimed
from tests.e2e.direct import opened_without_probes, record_of, recorded, table_of
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later
from tests.eventually import eventually


def scheduled(stack: Stack, sink: Sink) -> str:
    return stack.delivers(sink.url, runAt=later(86400).isoformat())


def pending(stack: Stack, sink: Sink) -> str:
    return recorded(stack, type="http.request", payload={"url": sink.url})


def retrying(stack: Stack, sink: Sink) -> str:
    sink.answer(429, retry_after=30)
    return stack.delivers(sink.url)


def dead_lettered(stack: Stack, sink: Sink) -> str:
    sink.answer(404)
    return stack.delivers(sink.url)


def parked(stack: Stack, sink: Sink) -> str:
    opened_without_probes(stack, sink)
    return stack.delivers(sink.url)


MAKE = {make.__name__.upper(): make for make in (scheduled, pending, retrying, dead_lettered, parked)}


@pytest.mark.parametrize("status", MAKE)
def test_a_task_that_does_not_run_is_cancelled(stack: Stack, sink: Sink, status: str) -> None:
    """Cancelling a task that does not run gets a 202, and cancelling it again a 409."""
    task_id = MAKE[status](stack, sink)
    before = stack.becomes(task_id, status)
    answer = stack.cancel(task_id)
    assert answer.status == 202, answer.problem()
    assert answer.body["status"] == "CANCELLED"
    after = stack.task(task_id)
    assert after == answer.body
    assert after["history"][:-1] == before["history"]
    again = stack.cancel(task_id)
    assert (again.status, again.body["type"]) == (409, "urn:faultline:problem:not-cancellable")
    assert stack.redrive(task_id).status == 409


def test_the_message_of_a_cancelled_task_is_acknowledged(stack: Stack, sink: Sink) -> None:
    """A cancelled task does not run, and its message does not delay the next task of its group."""
    key = fresh("key")
    first = stack.delivers(sink.url, orderingKey=key, simulate={"latencyMs": 3000})
    cancelled = stack.delivers(sink.url, orderingKey=key)
    last = stack.delivers(sink.url, orderingKey=key)
    assert stack.cancel(cancelled).status == 202
    assert stack.ended(last)["attempts"] == 1
    assert sink.order() == [first, last]
    assert stack.task(cancelled)["attempts"] == 0


def test_a_task_that_runs_is_asked_and_may_succeed(stack: Stack, sink: Sink) -> None:
    """Cancelling a running task gets a 202, and the task can still succeed."""
    task_id = stack.delivers(sink.url, simulate={"latencyMs": 3500})
    stack.becomes(task_id, "PROCESSING")
    for _ in range(2):
        answer = stack.cancel(task_id)
        assert answer.status == 202, answer.problem()
        assert (answer.body["status"], answer.body["cancelRequested"]) == ("PROCESSING", True)
    task = stack.ended(task_id)
    assert (task["status"], task["cancelRequested"]) == ("SUCCEEDED", True)
    assert sink.order() == [task_id]


def test_a_task_that_runs_is_cancelled_when_its_attempt_fails(stack: Stack, sink: Sink) -> None:
    """A running task that is cancelled ends when its attempt fails, and its followers continue.

    The history has the error and the requester of the cancellation.
    """
    key = fresh("key")
    failing = {"latencyMs": 4000, "failures": 2, "error": "NETWORK"}
    head = stack.delivers(sink.url, orderingKey=key, simulate=failing)
    follower = stack.delivers(sink.url, orderingKey=key)
    stack.becomes(head, "PROCESSING")
    assert stack.cancel(head).status == 202
    task = stack.ended(head)
    assert (task["status"], task["attempts"]) == ("CANCELLED", 1)
    last = task["history"][-1]
    assert last["error"]["category"] == "NETWORK"
    assert last["requestedBy"]["sourceAddress"]
    assert stack.ended(follower)["status"] == "SUCCEEDED"
    assert sink.order() == [follower]
    assert stack.cancel(head).status == 409


def test_a_task_whose_attempt_is_lost_is_cancelled(stack: Stack) -> None:
    """A task whose cancellation was requested ends after a lost attempt, without another attempt."""
    table = table_of(stack)
    task_id = recorded(stack)
    now = datetime.now(UTC)
    claimed = table.claim(task_id, 0, claimant="c", at=now, lease_ends=now + timedelta(seconds=1))
    assert isinstance(claimed, Claimed)
    assert stack.cancel(task_id).body["cancelRequested"] is True
    eventually(lambda: datetime.now(UTC) > now + timedelta(seconds=1), within=5, what="the lease is over")
    answer = stack.invoke("process_task", {"Records": [record_of(stack, task_id, fresh("message"))]})
    assert answer == {"batchItemFailures": []}
    task = stack.task(task_id)
    assert (task["status"], task["attempts"]) == ("CANCELLED", 1)
    assert task["history"][-1]["error"]["type"] == "LostAttempt"


def test_a_task_that_is_done_is_not_cancelled(stack: Stack) -> None:
    """Cancelling a succeeded task gets a 409, and changes nothing."""
    task = stack.ended(stack.accepted())
    assert stack.cancel(task["taskId"]).status == 409
    assert stack.task(task["taskId"]) == task


def test_an_unknown_task_is_not_cancelled(stack: Stack) -> None:
    """Cancelling an unknown task gets a 404."""
    answer = stack.cancel(fresh("nothing"))
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
