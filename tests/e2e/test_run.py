"""POST /tasks/{taskId}/run: immediate runs of waiting tasks."""

from datetime import UTC, datetime

import pytest

from lambdas.domain.lifecycle import Status
from tests.e2e.direct import circuit, opened_without_probes, recorded, table_of
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later

PROBLEM = "urn:faultline:problem:not-runnable"


def scheduled(stack: Stack, sink: Sink) -> str:
    return stack.delivers(sink.url, runAt=later(86400).isoformat(), orderingKey=fresh("key"))


def retrying(stack: Stack, sink: Sink) -> str:
    sink.answer(429, retry_after=30)
    task_id = stack.delivers(sink.url)
    stack.becomes(task_id, "RETRYING")
    sink.answer(200)
    return task_id


def parked(stack: Stack, sink: Sink) -> str:
    sink.answer(429, retry_after=900)
    task_id = stack.delivers(sink.url)
    stack.becomes(task_id, "PARKED")
    sink.answer(200)
    return task_id


@pytest.mark.parametrize("make", [scheduled, retrying, parked])
def test_a_task_that_waits_is_run_now(stack: Stack, sink: Sink, make: object) -> None:
    """A waiting task that is run now succeeds once, and its history has the requester of the run."""
    task_id = make(stack, sink)  # type: ignore[operator]
    answers = [stack.api.run(task_id) for _ in range(2)]
    assert answers[0].status == 202, answers[0].problem()
    assert answers[1].status in (202, 409)  # still queued, running, or done
    task = stack.ended(task_id)
    assert task["status"] == "SUCCEEDED"
    [asked] = [entry for entry in task["history"] if "requestedBy" in entry]
    assert asked["status"] in ("PENDING", "QUEUED")
    assert asked["requestedBy"]["sourceAddress"]
    assert sink.effects() == {f"{task_id}:0": 1}


def test_a_task_that_waits_for_a_circuit_tries_it_now(stack: Stack, sink: Sink) -> None:
    """A task that waits for a circuit probes it when it is run now, and its success closes the circuit."""
    opened_without_probes(stack, sink)
    task_id = stack.delivers(sink.url)
    stack.becomes(task_id, "PARKED")
    sink.answer(200)
    answer = stack.api.run(task_id)
    assert answer.status == 202, answer.problem()
    assert stack.ended(task_id)["status"] == "SUCCEEDED"
    record = circuit(stack, sink)
    assert record is not None
    assert record["state"] == "CLOSED"


def test_a_task_that_waits_for_its_turn_is_not_run_before_it(stack: Stack, sink: Sink) -> None:
    """Running a task that waits for its turn gets a 409, and does not change its turn."""
    key = fresh("key")
    sink.answer(429, retry_after=900)
    head = stack.delivers(sink.url, orderingKey=key)
    stack.becomes(head, "PARKED")
    sink.answer(200)
    follower = stack.delivers(sink.url, orderingKey=key)
    stack.becomes(follower, "PARKED")
    answer = stack.api.run(follower)
    assert (answer.status, answer.body["type"]) == (409, PROBLEM)
    assert "turn" in answer.body["detail"]
    assert stack.api.run(head).status == 202
    assert stack.ended(follower)["status"] == "SUCCEEDED"
    assert sink.order()[-2:] == [head, follower]


@pytest.mark.parametrize("status", [Status.PENDING, Status.QUEUED])
def test_a_task_without_a_message_is_sent(stack: Stack, sink: Sink, status: Status) -> None:
    """Running a task whose message was never sent, or is gone, sends the message."""
    task_id = recorded(stack, type="http.request", payload={"url": sink.url}, orderingKey=fresh("key"))
    if status is Status.QUEUED:
        unsent = table_of(stack).get(task_id)
        assert unsent is not None
        assert table_of(stack).queued(unsent, at=datetime.now(UTC)).status is status
    answer = stack.api.run(task_id)
    assert (answer.status, answer.body["status"] != "PENDING") == (202, True)
    assert stack.ended(task_id)["status"] == "SUCCEEDED"


def test_a_task_that_runs_or_has_ended_is_not_run(stack: Stack, sink: Sink) -> None:
    """Running a task that is running or has ended gets a 409, and an unknown one a 404."""
    running = stack.delivers(sink.url, simulate={"latencyMs": 3000})
    stack.becomes(running, "PROCESSING")
    answer = stack.api.run(running)
    assert (answer.status, answer.body["type"]) == (409, PROBLEM)
    task = stack.ended(running)
    assert stack.api.run(running).status == 409
    assert stack.task(running) == task
    assert stack.api.run(fresh("nothing")).status == 404
