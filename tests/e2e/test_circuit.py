"""Circuits: calls to a failing dependency stop, and the tasks that need it wait."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from faultline.operations.circuits import close_circuit, hold_open, read_circuits
from tests.e2e import sink as sinks
from tests.e2e.direct import circuit, in_one_batch, opened
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, Task
from tests.e2e.test_pause import parked_by_hold
from tests.eventually import eventually

# More than two for each possible environment: first attempts alone open the circuit.
TASKS = 24
# Three attempts have only two delays, of at most 1.5 and 3 s.
LONGER_THAN_ALL_RETRIES_SECONDS = 7.0


@pytest.fixture
def another_sink() -> Iterator[Sink]:
    with sinks.running() as running:
        yield running


def test_an_outage_parks_tasks_and_kills_none(stack: Stack, sink: Sink) -> None:
    """In an outage longer than all retries, tasks are parked with attempts left.

    After the outage, each of them is done once.
    """
    sink.answer(503)
    down_since = datetime.now(UTC)
    with ThreadPoolExecutor(8) as clients:
        tasks = list(clients.map(lambda _: stack.delivers(sink.url), range(TASKS)))

        def look() -> list[Task] | None:
            lasted = (datetime.now(UTC) - down_since).total_seconds()
            if lasted <= LONGER_THAN_ALL_RETRIES_SECONDS:
                return None
            found = list(clients.map(stack.task, tasks))
            parked = [task for task in found if task["status"] == "PARKED"]
            # One task may be probing the host.
            return parked if len(parked) >= TASKS - 1 else None

        parked = eventually(look, what="all tasks but one are parked", every=0.5)
    assert all(task["attempts"] < task["maxAttempts"] for task in parked)
    sink.answer(200)
    ended = [stack.ended(task_id) for task_id in tasks]
    assert [task["status"] for task in ended] == ["SUCCEEDED"] * TASKS
    assert sink.effects() == {f"{task_id}:0": 1 for task_id in tasks}


def test_to_see_whether_a_host_is_back_costs_no_attempt(stack: Stack, sink: Sink) -> None:
    """Probes of a host use no attempts, so a task can make more probes than it has attempts."""
    opened(stack, sink)
    task_id = stack.delivers(sink.url)
    calls = stack.task(task_id)["maxAttempts"] + 1
    eventually(
        lambda: [request.task_id for request in sink.requests()].count(task_id) >= calls,
        what=f"{calls} calls of the task",
    )
    sink.answer(200)
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)
    assert sink.effects() == {f"{task_id}:0": 1}


def test_a_parked_task_says_what_it_waits_for(stack: Stack, sink: Sink) -> None:
    """A task that is parked for a circuit gets its attempt back, and its history names the circuit."""
    opened(stack, sink)
    task_id = stack.delivers(sink.url)
    task = stack.becomes(task_id, "PARKED")
    sink.answer(200)
    assert task["attempts"] == 0
    before, parked = task["history"][-2:]
    assert parked["circuit"] == sink.host
    assert before["status"] == "PROCESSING"
    assert "attempt" not in before
    assert "error" not in before
    assert stack.ended(task_id)["status"] == "SUCCEEDED"
    assert sink.effects() == {f"{task_id}:0": 1}


def test_the_table_says_who_opened_a_circuit_and_why(stack: Stack, sink: Sink) -> None:
    """An open circuit has a record of its state and one of its cause, and closes when a task succeeds."""
    culprits = opened(stack, sink)
    record, cause = circuit(stack, sink), circuit(stack, sink, "cause")
    assert record is not None
    assert cause is not None
    assert record["state"] == "OPEN"
    assert cause["openedBy"] == culprits[-1]
    assert cause["openedAt"] == record["opened_at"]
    assert cause["category"] == "SYSTEM"
    assert cause["message"] == "answered 503 Service Unavailable: ok"
    sink.answer(200)
    assert stack.ended(stack.delivers(sink.url))["status"] == "SUCCEEDED"
    record = circuit(stack, sink)
    assert record is not None
    assert record["state"] == "CLOSED"


def test_a_circuit_is_held_open_by_hand(stack: Stack, sink: Sink) -> None:
    """Tasks wait for a circuit that an operator holds open, although their host works."""
    hold_open(stack.session, stack.settings, sink.host, "to look")
    try:
        parked = str(parked_by_hold(stack, lambda: stack.delivers(sink.url))["taskId"])
        [found] = [each for each in read_circuits(stack.session, stack.settings) if each["name"] == sink.host]
        assert (found["state"], found["byHand"], found["reason"]) == ("OPEN", True, "to look")
        [found] = [each for each in stack.api.stats("15m").body["openCircuits"] if each["name"] == sink.host]
        assert (found["byHand"], found["reason"]) == (True, "to look")
        assert stack.api.run(parked).status == 409
    finally:
        assert close_circuit(stack.session, stack.settings, sink.host)
    task = stack.ended(parked)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)
    assert sink.effects()[f"{parked}:0"] == 1


@pytest.mark.parametrize("status", [404, 429])
def test_a_refusal_does_not_open_the_circuit(stack: Stack, sink: Sink, status: int) -> None:
    """Refusals and rate limits do not open a circuit."""
    sink.answer(status)
    count = stack.settings.circuit_failure_threshold + 2
    dead = in_one_batch(stack, sink.url, count)
    assert [task["error"]["message"].split()[1] for task in dead] == [str(status)] * count
    assert len(sink.requests()) == count
    record = circuit(stack, sink)
    assert record is None or record["state"] == "CLOSED"
    assert circuit(stack, sink, "cause") is None


def test_an_open_circuit_holds_up_nobody_else(stack: Stack, sink: Sink, another_sink: Sink) -> None:
    """While a host's tasks are parked, another host's tasks are done at their first attempt."""
    opened(stack, sink)
    held = stack.delivers(sink.url)
    stack.becomes(held, "PARKED")
    free = [stack.delivers(another_sink.url) for _ in range(3)]
    assert [stack.ended(task_id)["attempts"] for task_id in free] == [1] * 3
    assert stack.task(held)["status"] not in ("SUCCEEDED", "DEAD_LETTERED")
    assert another_sink.effects() == {f"{task_id}:0": 1 for task_id in free}
    sink.answer(200)
    assert stack.ended(held)["status"] == "SUCCEEDED"
