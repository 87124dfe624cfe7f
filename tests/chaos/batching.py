"""The function that accepts batches, on a real table with a simulated queue."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.application.dispatch import Dispatcher
from lambdas.domain.task import Task
from lambdas.store.batches import Batches
from lambdas.store.payloads import Payloads
from lambdas.store.table import TaskTable
from lambdas.submit_task.batch import BatchSubmitter, status_of
from lambdas.submit_task.batch_body import NewBatch
from lambdas.submit_task.submit import Submitter
from lambdas.work.kinds import KINDS
from tests.chaos.adversary import Fate, MortalClient
from tests.chaos.table import BareTable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_numbers = itertools.count()


@dataclass
class Queue:
    """A queue that records the ids of sent tasks, and refuses those in `refused`."""

    fate: Fate
    sent: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    calls: int = 0

    def send(self, task: Task) -> None:
        self.fate.call(self.sent.append, task.task_id)

    def send_all(self, tasks: list[Task]) -> list[Task]:
        taken = [task for task in tasks if task.task_id not in self.refused]
        self.calls += 1
        self.fate.call(self.sent.extend, [task.task_id for task in taken])
        return taken


@dataclass
class Function:
    """The function that accepts batches, with a queue and a fate of its own, whose clock may be `later`."""

    table: BareTable
    fate: Fate = field(default_factory=Fate)
    seconds_left: float = 30
    later: timedelta = timedelta()

    def __post_init__(self) -> None:
        def now_here() -> datetime:
            return now() + self.later

        client: Any = MortalClient(self.table.client, self.fate)
        queue: Any = Queue(self.fate)
        self.queue: Queue = queue
        self.tasks = TaskTable(client, self.table.name, self.table.objects, retention=timedelta(days=1))
        payloads = Payloads(client, self.table.name, timedelta(days=1), self.table.objects)
        self.batches = Batches(client, self.table.name, timedelta(days=1), payloads)
        self.dispatcher = dispatcher = Dispatcher(table=self.tasks, queue=queue, now=now_here)
        submitter = Submitter(
            table=self.tasks, dispatcher=dispatcher, kinds=KINDS, now=now_here, new_id=lambda: fresh("id")
        )
        self.submitter = BatchSubmitter(
            submitter=submitter, batches=self.batches, new_id=lambda: fresh("batch"), now=now_here
        )

    def submit(self, batch_id: str | None, *tasks: dict[str, Any], url: str | None = None) -> list[int]:
        """Submit a batch, and return the HTTP status of each task."""
        callback = {"callback": {"url": url}} if url else {}
        wanted = NewBatch.model_validate({"tasks": list(tasks), "batchId": batch_id, **callback})
        submitted = self.submitter.submit(wanted, correlation_id="c", seconds_left=lambda: self.seconds_left)
        return [status_of(each) for each in submitted.outcomes]


def fresh(prefix: str) -> str:
    return f"{prefix}-{next(_numbers)}"


def now() -> datetime:
    return NOON + timedelta(milliseconds=next(_numbers))


def echo(**more: Any) -> dict[str, Any]:
    return {"payload": {}, **more}


def cancel(function: Function, *task_ids: str) -> datetime:
    """Cancel tasks, and return the time at which they ended."""
    at = now()
    for task_id in task_ids:
        task = function.tasks.get(task_id)
        assert task is not None
        assert function.tasks.cancelled(task, at=at).done
    return at
