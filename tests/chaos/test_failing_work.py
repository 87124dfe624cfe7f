"""Recording of failed attempts with their causes, whatever exception the work raises."""

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.messaging.redelivery import AttemptFailed
from lambdas.store.table import TaskTable
from lambdas.work.registry import Payload, WorkContext, kind
from sandbox.process.state_file import Sandbox
from tests.chaos.table import BareTable, bare_table
from tests.chaos.worker import RECEIVED, worker_on

AT = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count()


class Speechless(Exception):
    """An exception whose text cannot be read."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class NoStatus(Exception):
    """An exception whose status cannot be read, as in some HTTP libraries."""

    @property
    def status(self) -> int:
        raise RuntimeError("no answer, so no status")


def quit_with(reason: object) -> Callable[[], None]:
    return lambda: sys.exit(reason)  # type: ignore[arg-type]


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def cancelled() -> None:
    async def work() -> None:
        raise asyncio.CancelledError("the library gave up")

    asyncio.run(work())


CASES: dict[str, tuple[Callable[[], None], str]] = {
    "sys.exit with a reason": (quit_with("reason"), "SystemExit: reason"),
    "sys.exit": (quit_with(None), "SystemExit: SystemExit()"),
    "sys.exit with a status": (quit_with(3), "SystemExit: 3"),
    "cancelled": (cancelled, "CancelledError: "),
    "a generator that ends": (failing(GeneratorExit("over")), "GeneratorExit: over"),
    "a group": (failing(BaseExceptionGroup("two", [SystemExit(1)])), "SystemExit: 1"),
    "no text": (failing(Speechless()), "its text cannot be read"),
    "no status": (failing(NoStatus("away")), "away"),
    "lone surrogates": (failing(ValueError("\ud800")), "?"),
}


@pytest.fixture(scope="module")
def table(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, "failing-work") as made:
        yield made


@pytest.mark.parametrize("dependency", [None, "api.example.com"])
@pytest.mark.parametrize("case", CASES)
def test_the_cause_is_kept(table: BareTable, sandbox: Sandbox, case: str, dependency: str | None) -> None:
    """A retry's history has the exception's message, and the task its traceback, even with a circuit."""
    fail, message = CASES[case]

    @kind("failing", dependency=(lambda _: dependency) if dependency else None)
    def work(_payload: Payload, _context: WorkContext) -> JsonValue:
        fail()
        return None

    tasks = TaskTable(table.client, table.name, table.objects, retention=timedelta(days=1))
    worker = worker_on(tasks, table.client, sandbox, work, at=AT)
    submission = Submission.model_validate({"type": "failing", "payload": {}})
    task_id = f"task-{next(_numbers)}"
    task = accepted(submission, task_id=task_id, correlation_id="c", max_attempts=3, at=AT)
    tasks.accept(task, submission.fingerprint())
    claimed = tasks.claim(task_id, 0, claimant="m/r", at=AT, lease_ends=AT + timedelta(seconds=60))
    with pytest.raises(AttemptFailed):
        worker.attempt(claimed.task, RECEIVED)  # type: ignore[union-attr]
    found = tasks.get(task_id)
    assert found is not None
    assert found.status is Status.RETRYING
    assert found.history[-1].error is not None
    assert found.history[-1].error.message.startswith(message)
    assert found.history[-1].error.traceback is None
    assert found.error is not None
    assert found.error.traceback is not None
    assert "\n    fail()\n" in found.error.traceback
