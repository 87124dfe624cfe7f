"""Real tables and a recording queue for tests of release_tasks."""

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.application.expiry import Expiry
from lambdas.application.ordering import Ordering
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.requester import Requester
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.release_tasks.releaser import Releaser
from lambdas.release_tasks.timers import TimerRunner
from lambdas.store.circuits import Circuits
from lambdas.store.holds import NOTICED_WITHIN_SECONDS, Holds
from lambdas.store.objects import Objects
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from lambdas.store.task_index import TaskIndex
from lambdas.store.timers import EXPIRY, Timers
from lambdas.store.waiting_keys import kind_key
from sandbox.process.state_file import Sandbox
from tests.chaos.table import bare_table, circuit_table

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

_numbers = itertools.count()


class Client:
    """A DynamoDB client that refuses every call during a simulated outage, or once those in `refused`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.away = False
        self.refused = set[str]()

    def __getattr__(self, name: str) -> Any:
        if (self.away and name != "exceptions") or name in self.refused:
            self.refused.discard(name)
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "away"}}, name)
        return getattr(self._client, name)


@dataclass
class Queue:
    """A queue that counts the messages of each task."""

    sent: Counter[str] = field(default_factory=Counter)

    def send(self, task: Task) -> None:
        self.sent[task.task_id] += 1


@dataclass(frozen=True, kw_only=True)
class Releases:
    """A factory of releasers that share their tables and queue, and of tasks for them."""

    client: Client
    queue: Queue
    table_name: str
    objects: Objects
    table: TaskTable
    index: TaskIndex
    circuits: Circuits
    holds: Holds

    def releaser(self) -> Releaser:
        queue: Any = self.queue
        client: Any = self.client
        dispatcher = Dispatcher(table=self.table, queue=queue, now=an_hour_later)
        ordering = Ordering(table=self.table, dispatcher=dispatcher, now=an_hour_later)
        return Releaser(
            table=self.table,
            index=self.index,
            circuits=self.circuits,
            holds=self.holds,
            dispatcher=dispatcher,
            ordering=ordering,
            timers=TimerRunner(
                timers=Timers(client, self.table_name),
                handlers={EXPIRY: Expiry(table=self.table, ordering=ordering, now=an_hour_later).check},
                now=an_hour_later,
            ),
            recovery=timedelta(seconds=1),
            now=an_hour_later,
        )

    def schedule(self, count: int) -> list[str]:
        """Write scheduled tasks that are due."""
        return [self.accept({"runAt": "2026-01-01T12:30:00Z"}) for _ in range(count)]

    def park(self, count: int, circuit: str = "a.example") -> list[str]:
        """Write tasks that wait for a circuit that is closed."""
        task_ids = [self.accept({}) for _ in range(count)]
        for task_id in task_ids:
            claimed = self.table.claim(task_id, 0, claimant=task_id, at=NOON, lease_ends=an_hour_later())
            assert isinstance(claimed, Claimed)
            assert self.table.park_for_circuit(claimed.task, circuit, at=NOON)
        self.circuits.note_parked(circuit)
        return task_ids

    def park_for_pause(self, count: int) -> list[str]:
        """Pause the kind, and write tasks that wait for the end of the pause."""
        self.holds.begin(kind_key("echo"), reason="to look", by=Requester(), at=an_hour_later())
        task_ids = [self.accept({}) for _ in range(count)]
        self.holds.note_parked("echo")
        for task_id in task_ids:
            task = self.table.get(task_id)
            assert task is not None
            assert self.table.park_for_pause(task, at=NOON).done
        return task_ids

    def resume(self) -> None:
        """Resume the kind, long enough ago for every environment to have noticed."""
        noticed = an_hour_later() - timedelta(seconds=NOTICED_WITHIN_SECONDS)
        assert self.holds.lift(kind_key("echo"), at=noticed)

    def park_until_retry(self, seconds: int) -> str:
        """Write a task whose first attempt failed at noon, and which waits for the next one."""
        task_id = self.accept({})
        claimed = self.table.claim(task_id, 0, claimant=task_id, at=NOON, lease_ends=an_hour_later())
        assert isinstance(claimed, Claimed)
        error = TaskError.of(Category.RATE_LIMIT, "Busy", "come back later")
        assert self.table.park_for_retry(claimed.task, seconds, error=error, at=NOON).done
        return task_id

    def wait(self, count: int, *, at: datetime = NOON) -> list[str]:
        """Write tasks that wait to be claimed, with no record that their messages were sent."""
        return [self.accept({}, at=at) for _ in range(count)]

    def begin(self, task_id: str) -> None:
        """Begin an attempt of a task."""
        claimed = self.table.claim(
            task_id, 0, claimant=task_id, at=an_hour_later(), lease_ends=an_hour_later()
        )
        assert isinstance(claimed, Claimed)

    def accept(self, options: dict[str, Any], at: datetime = NOON) -> str:
        """Write a task's record without sending a message, and return the id."""
        submission = Submission.model_validate({"payload": {}, **options})
        task_id = f"task-{next(_numbers)}"
        task = accepted(submission, task_id=task_id, max_attempts=3, correlation_id="c", at=at)
        self.table.accept(task, submission.fingerprint())
        return task_id


def an_hour_later() -> datetime:
    """Return a unique time an hour after noon, so that a step differs from its repetition."""
    return NOON + timedelta(hours=1, milliseconds=next(_numbers))


@contextmanager
def releases_on(sandbox: Sandbox) -> Iterator[Releases]:
    """Provide releasers on new tables."""
    with bare_table(sandbox, f"releases-{next(_numbers)}") as tasks, circuit_table(tasks) as circuits:
        client: Any = Client(tasks.client)
        yield Releases(
            client=client,
            queue=Queue(),
            table_name=tasks.name,
            objects=tasks.objects,
            table=TaskTable(client, tasks.name, tasks.objects, retention=timedelta(days=1)),
            index=TaskIndex(client, tasks.name),
            circuits=Circuits(client, circuits, failure_threshold=1, recovery_seconds=1),
            holds=Holds(client, circuits),
        )
