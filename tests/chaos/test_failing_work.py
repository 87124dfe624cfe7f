"""Recording of failed attempts with their causes, whatever exception the work raises."""

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from pydantic import JsonValue

from lambdas.application.cancellation import Cancellation
from lambdas.application.dispatch import Dispatcher
from lambdas.application.ordering import Ordering
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.messaging.queues import DeadLetterQueue, TaskQueue
from lambdas.messaging.redelivery import AttemptFailed
from lambdas.process_task.known_holds import KnownHolds
from lambdas.process_task.received import ReceivedMessage, Unreadable
from lambdas.process_task.signing import Signer
from lambdas.process_task.simulation import Simulator
from lambdas.process_task.worker import Worker
from lambdas.store.circuits import Circuits
from lambdas.store.holds import Holds
from lambdas.store.table import TaskTable
from lambdas.work.registry import Payload, Registry, WorkContext, kind
from sandbox.process.state_file import Sandbox
from tests.chaos.table import BareTable, bare_table

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


def no_client() -> Any:
    raise AssertionError("only deliveries are signed")


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
    "a group": (failing(BaseExceptionGroup("two", [SystemExit(1)])), "BaseExceptionGroup: two"),
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

    def now() -> datetime:
        return AT

    clients: dict[str, Any] = {"endpoint_url": sandbox.endpoint_url, "region_name": "us-east-1"}
    clients |= {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    sqs = boto3.client("sqs", **clients)
    tasks = TaskTable(table.client, table.name, table.objects, retention=timedelta(days=1))
    queue = TaskQueue(sqs, f"{sandbox.endpoint_url}/000000000000/none")
    ordering = Ordering(table=tasks, dispatcher=Dispatcher(table=tasks, queue=queue, now=now), now=now)
    worker = Worker(
        table=tasks,
        queue=queue,
        dead_letters=DeadLetterQueue(sqs, f"{sandbox.endpoint_url}/000000000000/none"),
        ordering=ordering,
        cancellation=Cancellation(ordering=ordering, now=now),
        circuits=Circuits(table.client, "no circuits", failure_threshold=5, recovery_seconds=30),
        holds=KnownHolds(holds=Holds(table.client, "no circuits")),
        kinds=Registry([work]),
        signer=Signer(no_client, "/secret", now=now),
        simulator=Simulator(allowed=False, failure_rate=lambda: 0.0, random=lambda: 0.5),
        max_receive_count=3,
        private_addresses=True,
        stage="dev",
        now=now,
        random=lambda: 0.5,
    )
    submission = Submission.model_validate({"type": "failing", "payload": {}})
    task_id = f"task-{next(_numbers)}"
    task = accepted(submission, task_id=task_id, correlation_id="c", max_attempts=3, at=AT)
    tasks.accept(task, submission.fingerprint())
    claimed = tasks.claim(task_id, 0, claimant="m/r", at=AT, lease_ends=AT + timedelta(seconds=60))
    received = ReceivedMessage(
        message_id="m",
        message_group="g",
        receipt_handle="r",
        receive_count=1,
        body="",
        message=Unreadable(reason=""),
        claimant="m/r",
        remaining_seconds=lambda: 60.0,
        began_with_seconds=60.0,
    )
    with pytest.raises(AttemptFailed):
        worker.attempt(claimed.task, received)  # type: ignore[union-attr]
    found = tasks.get(task_id)
    assert found is not None
    assert found.status is Status.RETRYING
    assert found.history[-1].error is not None
    assert found.history[-1].error.message.startswith(message)
    assert found.history[-1].error.traceback is None
    assert found.error is not None
    assert found.error.traceback is not None
    assert "\n    fail()\n" in found.error.traceback
