"""Dead letters, counting clients and a queue for the tests of bulk calls."""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

from lambdas.application.dispatch import Dispatcher
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted, may_be_redriven
from lambdas.http.task_selection import Filter
from lambdas.manage_tasks.bulk import Action, Bulk
from lambdas.manage_tasks.bulk_call import Acted, BulkCall
from lambdas.manage_tasks.redrive import Correct, Redriver
from lambdas.store.item import to_item
from lambdas.store.selection import Selection
from lambdas.store.table import TaskTable
from tests.chaos.table import BareTable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_milliseconds = itertools.count(1)


def clock() -> datetime:
    """Return a time after all deaths: an hour after noon, and a millisecond later at each call."""
    return NOON + timedelta(hours=1, milliseconds=next(_milliseconds))


class Counting:
    """A DynamoDB client that counts its calls by name."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls = Counter[str]()

    def __getattr__(self, name: str) -> Any:
        if name == "exceptions":
            return self._client.exceptions
        if name == "get_paginator":
            return self._paginator
        self.calls[name] += 1
        return getattr(self._client, name)

    def _paginator(self, name: str) -> Any:
        pages = self._client.get_paginator(name)
        return _CountingPages(pages, name, self.calls)


@dataclass(frozen=True)
class _CountingPages:
    pages: Any
    name: str
    calls: Counter[str]

    def paginate(self, **arguments: Any) -> Any:
        for page in self.pages.paginate(**arguments):
            self.calls[self.name] += 1
            yield page


@dataclass
class Queue:
    """A queue that records the ids of sent tasks."""

    sent: list[str] = field(default_factory=list)

    def send(self, task: Task) -> None:
        self.sent.append(task.task_id)


def dead_letter(
    number: int,
    *,
    category: Category = Category.NETWORK,
    type: str = "Died",
    message: str = "of it",
    died: datetime | None = None,
    **options: Any,
) -> Task:
    """Return a dead letter that was submitted `number` seconds after noon."""
    at = NOON + timedelta(seconds=number)
    submission = Submission.model_validate({"payload": {"n": number}, **options})
    new = accepted(submission, task_id=f"task-{number:05}", max_attempts=1, correlation_id="c", at=at)
    error = TaskError.of(category, type, message)
    died = died or at
    entry = new.history[0].model_copy(update={"at": died, "status": Status.DEAD_LETTERED, "error": error})
    changes = {
        "status": Status.DEAD_LETTERED,
        "error": error,
        "updated_at": died,
        "history": [*new.history, entry],
    }
    return new.model_copy(update=changes)


def written(bare: BareTable, tasks: Iterable[Task]) -> None:
    """Write tasks to the table without changing them."""
    for batch in batched(tasks, 25, strict=False):
        requests = [{"PutRequest": {"Item": to_item(task, "f")}} for task in batch]
        answer = bare.client.batch_write_item(RequestItems={bare.name: requests})
        assert not answer["UnprocessedItems"]


@dataclass(kw_only=True)
class World:
    """A table, and bulk calls on it through a DynamoDB client."""

    bare: BareTable
    client: Any
    queue: Queue = field(default_factory=Queue)

    @property
    def table(self) -> TaskTable:
        return TaskTable(self.client, self.bare.name, self.bare.objects, retention=timedelta(days=1))

    @property
    def bulk(self) -> Bulk:
        selection = Selection(self.client, self.bare.name)
        return Bulk(selection=selection, table=self.table, now=clock, sleep=lambda _: None)

    def redriving(self, correct: Correct | None = None) -> Action:
        queue: Any = self.queue
        dispatcher = Dispatcher(table=self.table, queue=queue, now=clock)
        redriver = Redriver(table=self.table, dispatcher=dispatcher, now=clock)
        return Action(
            perform=lambda found: redriver.redrive(found.task, by=Requester(), correct=correct),
            applies=may_be_redriven,
        )

    def redrives(
        self, given: Filter, action: Action | None = None, *, at: datetime | None = None
    ) -> BulkCall:
        """Return the bulk call that POST /redrives makes."""
        return BulkCall(
            bulk=self.bulk,
            change="redrive",
            action=action or self.redriving(),
            given=given,
            possible=frozenset({Status.DEAD_LETTERED}),
            bound="died_before",
            patch=None,
            at=at or clock(),
        )

    def generations(self, tasks: Iterable[Task]) -> list[int]:
        found = (self.table.get(task.task_id) for task in tasks)
        return [task.generation for task in found if task]

    def die_again(self) -> None:
        """Dead-letter the sent tasks that have not ended."""
        for task_id in self.queue.sent:
            task = self.table.get(task_id)
            if task is not None and not task.status.ended:
                error = TaskError.of(Category.NETWORK, "Died", "of it again")
                assert self.table.dead_lettered(task, error, at=clock()).done


def acted(call: BulkCall, *, limit: int = 100, token: str | None = None) -> Acted:
    """Make a bulk call with enough time to reach its other limits."""
    return call.act(limit=limit, next_token=token, seconds=60, bounded=True)
