"""release_tasks with more to release than a pass may, on real tables; the queue is the test's own."""

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.stack.circuits import PARTITION_KEY, SORT_KEY
from lambdas.application.dispatch import Dispatcher
from lambdas.application.ordering import Ordering
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.release_tasks.releaser import MAX_PER_CIRCUIT_AND_PASS, MAX_PER_PASS, Releaser
from lambdas.store.circuits import Circuits
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from lambdas.store.task_index import TaskIndex
from sandbox.process.state_file import Sandbox
from tests.chaos.table import bare_table

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DUE = 2 * MAX_PER_PASS + 50
"""More than two passes may release, and more than two pages of the index hold."""

_numbers = itertools.count()


class Client:
    """DynamoDB's client; while it is away every call of it is refused."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.away = False

    def __getattr__(self, name: str) -> Any:
        if self.away and name != "exceptions":
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "away"}}, name)
        return getattr(self._client, name)


@dataclass
class Queue:
    """Counts the messages of each task."""

    sent: Counter[str] = field(default_factory=Counter)

    def send(self, task: Task) -> None:
        self.sent[task.task_id] += 1


@dataclass(frozen=True, kw_only=True)
class Releases:
    """What releasers work on: any number of them on the same tables and queue."""

    client: Client
    queue: Queue
    table: TaskTable
    index: TaskIndex
    circuits: Circuits

    def releaser(self) -> Releaser:
        queue: Any = self.queue
        dispatcher = Dispatcher(table=self.table, queue=queue, now=_now)
        return Releaser(
            table=self.table,
            index=self.index,
            circuits=self.circuits,
            dispatcher=dispatcher,
            ordering=Ordering(table=self.table, dispatcher=dispatcher, now=_now),
            recovery=timedelta(seconds=1),
            now=_now,
        )

    def schedule(self, count: int) -> list[str]:
        """So many tasks, all due by now."""
        return [self._accepted({"runAt": "2026-01-01T12:30:00Z"}) for _ in range(count)]

    def park(self, count: int) -> list[str]:
        """So many tasks that wait for a circuit, which has closed."""
        task_ids = [self._accepted({}) for _ in range(count)]
        for task_id in task_ids:
            claimed = self.table.claim(task_id, 0, claimant=task_id, at=NOON, lease_ends=_now())
            assert isinstance(claimed, Claimed)
            assert self.table.waits_for_circuit(claimed.task, "a.example", at=NOON)
        self.circuits.note_parked("a.example")
        return task_ids

    def park_until_retry(self, seconds: int) -> str:
        """A task whose first attempt has failed at noon, and which waits so long for the next."""
        task_id = self._accepted({})
        claimed = self.table.claim(task_id, 0, claimant=task_id, at=NOON, lease_ends=_now())
        assert isinstance(claimed, Claimed)
        error = TaskError.of(Category.RATE_LIMIT, "Busy", "come back later")
        assert self.table.waits_for_retry(claimed.task, seconds, error=error, at=NOON).done
        return task_id

    def wait(self, count: int, *, at: datetime = NOON) -> list[str]:
        """So many tasks that wait to be claimed; whether their messages were sent nobody has written."""
        return [self._accepted({}, at=at) for _ in range(count)]

    def begin(self, task_id: str) -> None:
        """Have an attempt of a task begin."""
        claimed = self.table.claim(task_id, 0, claimant=task_id, at=_now(), lease_ends=_now())
        assert isinstance(claimed, Claimed)

    def _accepted(self, options: dict[str, str], at: datetime = NOON) -> str:
        submission = Submission.model_validate({"payload": {}, **options})
        task_id = f"task-{next(_numbers)}"
        task = accepted(submission, task_id=task_id, max_attempts=3, correlation_id="c", at=at)
        self.table.accept(task, submission.fingerprint())
        return task_id


@dataclass(frozen=True)
class AnyTime:
    """An index that has not heard when its tasks are due now."""

    task_ids: list[str]

    def due(self, now: datetime) -> list[str]:
        return self.task_ids


def _now() -> datetime:
    """An hour later; never twice the same, for by its moment a step is told from its repetition."""
    return NOON + timedelta(hours=1, milliseconds=next(_numbers))


@pytest.fixture
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with bare_table(sandbox, f"releases-{next(_numbers)}") as tasks:
        circuits = f"{tasks.name}-circuits"
        keys = {PARTITION_KEY: "HASH", SORT_KEY: "RANGE"}
        tasks.client.create_table(
            TableName=circuits,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        )
        client: Any = Client(tasks.client)
        yield Releases(
            client=client,
            queue=Queue(),
            table=TaskTable(client, tasks.name, tasks.objects, retention=timedelta(days=1)),
            index=TaskIndex(client, tasks.name),
            circuits=Circuits(client, circuits, failure_threshold=1, recovery_seconds=1),
        )
        tasks.client.delete_table(TableName=circuits)


def test_a_pass_is_bounded_and_the_next_ones_go_on(releases: Releases) -> None:
    """As many as a pass may, then as many again, then the rest; each once."""
    due = releases.schedule(DUE)
    releaser = releases.releaser()
    assert [releaser.release() for _ in range(4)] == [MAX_PER_PASS, MAX_PER_PASS, 50, 0]
    assert releases.queue.sent == Counter(due)


def test_whether_there_is_anything_to_release_is_known(releases: Releases) -> None:
    """While a task waits for its time or for its circuit, and not before or after."""
    releaser = releases.releaser()
    assert not releaser.is_needed()
    for wait in (releases.schedule, releases.park):
        wait(1)
        assert releaser.is_needed()
        assert releaser.release() == 1
        assert not releaser.is_needed()
    releases.client.away = True
    assert not releaser.is_needed()


def test_passes_at_once_release_each_task_once(releases: Releases) -> None:
    """Two that look at the same tasks share them."""
    due = releases.schedule(MAX_PER_PASS)
    with ThreadPoolExecutor(2) as passes:
        released = list(passes.map(lambda releaser: releaser.release(), [releases.releaser() for _ in "12"]))
    assert sum(released) == len(due)
    assert releases.queue.sent == Counter(due)


def test_a_task_that_waits_is_sent_again_once(releases: Releases) -> None:
    """After it, it is known to be on the queue."""
    waiting = releases.wait(3)
    releaser = releases.releaser()
    assert [releaser.send_unsent() for _ in range(2)] == [3, 0]
    assert releases.queue.sent == Counter(waiting)


def test_behind_a_backlog_only_overtaken_tasks_are_sent_again(releases: Releases) -> None:
    """Those that were submitted before one that is processed, and in time all others, so many a pass."""
    overtaken = releases.wait(2)
    later = NOON + timedelta(minutes=1)
    processed, *waiting = releases.wait(MAX_PER_PASS + 1, at=later)
    releases.begin(processed)
    soon = replace(releases.releaser(), now=lambda: later + timedelta(minutes=1))
    assert [soon.send_unsent() for _ in range(2)] == [2, 0]
    assert releases.queue.sent == Counter(overtaken)
    late = releases.releaser()
    assert late.send_unsent() == MAX_PER_PASS
    assert releases.queue.sent == Counter([*overtaken, *waiting])


def test_when_nothing_is_processed_all_that_wait_are_sent_again(releases: Releases) -> None:
    """As after an outage of the queue, in which no message could be sent."""
    waiting = releases.wait(MAX_PER_PASS + 1)
    releaser = replace(releases.releaser(), now=lambda: NOON + timedelta(minutes=1))
    assert [releaser.send_unsent() for _ in range(3)] == [MAX_PER_PASS, 1, 0]
    assert releases.queue.sent == Counter(waiting)


def test_what_came_due_in_an_outage_is_released_after_it(releases: Releases) -> None:
    """A pass that finds the table away releases nothing and does no harm; the next one catches up."""
    due = releases.schedule(MAX_PER_PASS // 2)
    releaser = releases.releaser()
    releases.client.away = True
    assert releaser.release() == 0
    releases.client.away = False
    assert releaser.release() == len(due)
    assert releases.queue.sent == Counter(due)


def test_those_that_waited_for_a_circuit_follow_at_a_pace(releases: Releases) -> None:
    """When it has closed they are no herd: so many in a pass, those first that were parked first."""
    parked = releases.park(MAX_PER_CIRCUIT_AND_PASS + 5)
    releaser = releases.releaser()
    assert [releaser.release() for _ in range(3)] == [MAX_PER_CIRCUIT_AND_PASS, 5, 0]
    assert releases.queue.sent == Counter(parked)


def test_a_retry_is_released_when_it_is_due(releases: Releases) -> None:
    """Not before, also when the index still has the time of an earlier retry; and its attempt counts."""
    due, early = releases.park_until_retry(1800), releases.park_until_retry(7200)
    releaser = releases.releaser()
    assert releaser.release() == 1
    assert releases.queue.sent == Counter([due])
    task = releases.table.get(due)
    assert task is not None
    assert (task.status, task.attempts, task.trips) == ("QUEUED", 1, 1)

    index: Any = AnyTime([early])
    assert replace(releaser, index=index).release() == 0
    assert releases.queue.sent == Counter([due])
