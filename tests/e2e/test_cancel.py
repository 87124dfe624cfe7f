"""DELETE /tasks/{taskId}: what does not run yet, or no longer, never runs."""

import pytest

from tests.e2e.direct import opened, recorded
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later


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
    opened(stack, sink)
    # Parked before, it is the one to find out whether the host is back.
    stack.becomes(stack.delivers(sink.url), "PARKED")
    return stack.delivers(sink.url)


MAKE = {make.__name__.upper(): make for make in (scheduled, pending, retrying, dead_lettered, parked)}


@pytest.mark.parametrize("status", MAKE)
def test_a_task_that_does_not_run_is_cancelled(stack: Stack, sink: Sink, status: str) -> None:
    """202 with the task, CANCELLED; it stays so, and a second time there is nothing to cancel."""
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
    sink.answer(200)
    assert task_id not in sink.order()


def test_the_message_of_a_cancelled_task_is_acknowledged(stack: Stack, sink: Sink) -> None:
    """A task cancelled on the queue never runs; the next of its message group does, which a message that
    stays would hold up."""
    key = fresh("key")
    first = stack.delivers(sink.url, orderingKey=key, simulate={"latencyMs": 1500})
    cancelled = stack.delivers(sink.url, orderingKey=key)
    last = stack.delivers(sink.url, orderingKey=key)
    assert stack.cancel(cancelled).status == 202
    assert stack.ended(last)["attempts"] == 1
    assert sink.order() == [first, last]
    assert stack.task(cancelled)["attempts"] == 0


def test_a_task_that_runs_is_not_cancelled(stack: Stack, sink: Sink) -> None:
    """409 while it is PROCESSING, and its attempt goes on."""
    task_id = stack.delivers(sink.url, simulate={"latencyMs": 2500})
    stack.becomes(task_id, "PROCESSING")
    answer = stack.cancel(task_id)
    assert answer.status == 409
    assert answer.body["type"] == "urn:faultline:problem:not-cancellable"
    assert "PROCESSING" in answer.body["detail"]
    assert stack.ended(task_id)["status"] == "SUCCEEDED"
    assert sink.order() == [task_id]


def test_a_task_that_is_done_is_not_cancelled(stack: Stack) -> None:
    """409 when it has succeeded, and its result stays."""
    task = stack.ended(stack.accepted())
    assert stack.cancel(task["taskId"]).status == 409
    assert stack.task(task["taskId"]) == task


def test_an_unknown_task_is_not_cancelled(stack: Stack) -> None:
    """404 for a task that there is not."""
    answer = stack.cancel(fresh("nothing"))
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
