"""Redriving a few of many dead letters, on a real table; the queue is the test's own."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.application.dispatch import Dispatcher
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.requester import Requester
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.manage_tasks.redrive import Redriver, Redrives
from lambdas.store.dead_letters import DeadLetters
from lambdas.store.table import TaskTable
from sandbox.process.state_file import Sandbox
from tests.chaos.table import BareTable, bare_table

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

_numbers = itertools.count()


class Counting:
    """DynamoDB's client; counts its calls by their names."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls = Counter[str]()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._client, name)


class Queue:
    """Has the ids of the tasks that were sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, task: Any) -> None:
        self.sent.append(task.task_id)


@pytest.fixture
def table(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, f"redrives-{next(_numbers)}") as found:
        yield found


def test_those_that_are_not_asked_for_are_not_read(table: BareTable) -> None:
    """A call has seconds: it must come to the last of thousands, and find it by the index alone."""
    client: Any = Counting(table.client)
    tasks = TaskTable(client, table.name, table.objects, retention=timedelta(days=1))
    categories = [Category.NETWORK] * 220 + [Category.UNKNOWN] * 3
    for number, category in enumerate(categories):
        submission = Submission.model_validate({"payload": {}})
        at = NOON + timedelta(seconds=number)
        task = accepted(submission, task_id=f"task-{number}", max_attempts=1, correlation_id="c", at=at)
        tasks.accept(task, submission.fingerprint())
        assert tasks.dead_lettered(task, TaskError.of(category, "Died", "of it"), at=at).done
    queue: Any = Queue()
    redriver = Redriver(
        table=tasks,
        dead_letters=DeadLetters(client, table.name),
        dispatcher=Dispatcher(table=tasks, queue=queue, now=_now),
        now=_now,
        sleep=lambda _: None,
    )
    client.calls.clear()

    redriven = redriver.redrive_all(
        by=Requester(), category=Category.UNKNOWN, before=None, limit=2, seconds=60
    )

    assert redriven == Redrives(redriven=2, more=True)
    assert queue.sent == ["task-220", "task-221"]
    assert client.calls["batch_get_item"] == 0
    assert client.calls["get_item"] == 2


def _now() -> datetime:
    return NOON + timedelta(hours=1, milliseconds=next(_numbers))
