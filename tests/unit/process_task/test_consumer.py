"""Deliveries whose task changes while the consumer waits for it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.application.ordering import Ordering
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.process_task.consumer import Consumer
from lambdas.store.snapshot import Refused, Snapshot
from lambdas.store.transition import Moved
from lambdas.work.kinds import KINDS
from tests.returned_message import returned

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@dataclass
class Clock:
    """A clock that goes on by two milliseconds each time it is read."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        self.at += 2 * MILLISECOND
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Table:
    """A task whose running attempt reports a retry between two claims, which are both refused."""

    task: Task
    clock: Clock
    claims: int = 0
    parked: list[int] = field(default_factory=list)

    def claim(self, *_: object, at: datetime, **__: object) -> Refused:
        self.claims += 1
        if self.claims == 1:
            running = self.task.model_copy(update={"status": Status.PROCESSING, "attempts": 1})
            lease_ends = at + timedelta(seconds=2)
            return Refused(found=snapshot(running, claimant="m/1", lease_ends=lease_ends))
        waiting = self.task.model_copy(update={"status": Status.RETRYING, "attempts": 1})
        return Refused(found=snapshot(waiting, not_before=at + MILLISECOND))

    def park_for_retry(self, task: Task, delay_seconds: int, *, at: datetime) -> Moved:
        self.parked.append(delay_seconds)
        return Moved(task=task, done=True)


def snapshot(task: Task, **found: Any) -> Snapshot:
    absent = dict.fromkeys(["claimant", "receipt_handle", "lease_ends", "not_before"])
    return Snapshot(task=task, **{**absent, **found})


class NoHolds:
    @staticmethod
    def any_hold() -> bool:
        return False


def test_a_retry_that_becomes_due_after_the_refused_claim_keeps_a_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The only message of a task is not deleted while its retry is due; the task is queued again."""
    clock = Clock()
    monkeypatch.setattr("time.sleep", clock.sleep)
    new = accepted(
        Submission(payload={}), task_id="t", max_attempts=3, correlation_id="c", at=NOON - MILLISECOND
    )
    table: Any = Table(new, clock)
    unused: Any = None
    holds: Any = NoHolds()
    Consumer(
        table=table,
        dead_letters=unused,
        ordering=Ordering(table=table, dispatcher=unused, now=clock),
        cancellation=unused,
        expiry=unused,
        worker=unused,
        kinds=KINDS,
        queue=unused,
        holds=holds,
        max_receive_count=3,
        now=clock,
    ).consume(returned("t"))
    assert (table.claims, table.parked) == (2, [0])
