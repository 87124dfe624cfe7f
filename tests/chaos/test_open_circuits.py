"""Attempts that an open circuit gives back, on a real table."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import JsonValue

from lambdas.domain.errors import SystemFailure
from lambdas.domain.history import Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.guarded_call import CircuitOpen
from lambdas.store.snapshot import Claimed
from lambdas.work.registry import Payload, WorkContext, kind
from sandbox.process.state_file import Sandbox
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on
from tests.chaos.worker import RECEIVED, worker_on


@pytest.fixture(scope="module")
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


class Circuits:
    """A circuit that is open or closed, or that a probe finds open, and whose mark may be refused."""

    def __init__(
        self, *, is_open: bool, failure: Exception | None = None, refuses_marks: bool = False
    ) -> None:
        self.is_open = is_open
        self.failure = failure
        self.refuses_marks = refuses_marks

    def call(self, name: str, perform: Callable[[], object], **_: object) -> object:
        if self.is_open:
            raise CircuitOpen(name, "is open")
        result = perform()
        if self.failure is not None:
            raise CircuitOpen(name, "stays open", self.failure)
        return result

    def note_parked(self, name: str) -> None:
        if self.refuses_marks:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "busy"}}, "UpdateItem")


def attempted(
    releases: Releases,
    sandbox: Sandbox,
    circuits: Circuits,
    task_id: str | None = None,
    *,
    simulates: bool = False,
) -> Task:
    """Make an attempt at a task, by default a new one, that needs a dependency, and return the task."""

    @kind("echo", dependency=lambda _: "a.example")
    def work(_payload: Payload, _context: WorkContext) -> JsonValue:
        return None

    task_id = task_id or releases.accept({})
    claimed = releases.table.claim(task_id, 0, claimant="m/r", at=NOON, lease_ends=an_hour_later())
    assert isinstance(claimed, Claimed)
    client: Any = releases.client
    worker = worker_on(releases.table, client, sandbox, work, at=NOON, circuits=circuits)
    simulator = replace(worker.simulator, allowed=simulates)
    replace(worker, simulator=simulator).attempt(claimed.task, RECEIVED)
    found = releases.table.get(task_id)
    assert found is not None
    return found


def test_a_task_whose_circuit_cannot_be_marked_uses_no_attempt(releases: Releases, sandbox: Sandbox) -> None:
    """If release_tasks may not learn of the circuit, the task waits for a time instead."""
    task = attempted(releases, sandbox, Circuits(is_open=True, refuses_marks=True))
    assert (task.status, task.attempts, task.waits_for) == (Status.PARKED, 0, Wait.CIRCUIT)
    assert task.history[-1].circuit == "a.example"
    assert releases.releaser().release().released == 1
    assert releases.queue.sent[task.task_id] == 1


@pytest.mark.parametrize("is_open", [True, False])
def test_an_attempt_that_was_given_back_is_in_no_metric(
    releases: Releases, sandbox: Sandbox, capsys: pytest.CaptureFixture[str], is_open: bool
) -> None:
    """Claims during an outage count neither as attempts nor as a task's first one."""
    task = attempted(releases, sandbox, Circuits(is_open=is_open))
    assert task.status is (Status.PARKED if is_open else Status.SUCCEEDED)
    printed = capsys.readouterr().out
    for metric in ("Attempts", "QueueLatency", "ProcessingTime"):
        assert (f'"{metric}":' in printed) is not is_open
    assert ('"TasksParked":' in printed) is is_open


def test_failed_probes_count_as_failures_and_not_as_the_first_attempt(
    releases: Releases, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each failed probe is an attempt that failed; the wait for the first attempt ends with the one after."""
    down = Circuits(is_open=False, failure=SystemFailure("down"))
    task = attempted(releases, sandbox, down)
    for _ in range(2):
        assert (task.status, task.attempts) == (Status.PARKED, 0)
        assert releases.table.released(task, by=None, at=an_hour_later()) is not None
        task = attempted(releases, sandbox, down, task.task_id)
        down.failure = None
    assert task.status is Status.SUCCEEDED
    printed = capsys.readouterr().out
    counted = {metric: printed.count(f'"{metric}":') for metric in ("Attempts", "Retries", "QueueLatency")}
    assert counted == {"Attempts": 3, "Retries": 2, "QueueLatency": 1}
    assert '"Category":"SYSTEM"' in printed


def test_a_simulated_crash_counts_as_an_attempt(
    releases: Releases,
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A crash before the call of a dependency is simulated for one within, which has been counted."""

    def die(_: int) -> None:
        print("dead")  # noqa: T201
        raise KeyboardInterrupt

    monkeypatch.setattr("os._exit", die)
    crashing = releases.accept({"simulate": {"crash": True}})
    with pytest.raises(KeyboardInterrupt):
        attempted(releases, sandbox, Circuits(is_open=False), crashing, simulates=True)
    assert '"Attempts":' in capsys.readouterr().out.partition("dead")[0]
