"""Waiting for a task to end: how often it is read, and when the wait ends."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.application.waiting import MARGIN_SECONDS, EndWaiter
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.store.table import TaskTable

NEW = accepted(
    Submission.model_validate({"payload": {}}),
    task_id="t",
    max_attempts=3,
    correlation_id="c",
    at=datetime(2026, 1, 1, tzinfo=UTC),
)
ENDED = NEW.model_copy(update={"status": Status.SUCCEEDED})


@dataclass
class World:
    """A simulated clock, and a task that ends at a given time."""

    ends_at: float
    away_until: float = 0.0
    read_takes: float = 0.0
    now: float = 0.0
    reads: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds

    def get(self, task_id: str) -> Task | None:
        assert task_id == "t"
        self.reads.append(self.now)
        self.now += self.read_takes
        if self.now < self.away_until:
            raise EndpointConnectionError(endpoint_url="http://table")
        return ENDED if self.now >= self.ends_at else NEW

    def waits(self, seconds: float, *, remaining: float = 30, task: Task = NEW, random: float = 0.0) -> Task:
        waiter = EndWaiter(
            table=cast(TaskTable, self), clock=lambda: self.now, sleep=self.sleep, random=lambda: random
        )
        return waiter.until_ended(task, seconds, remaining_seconds=remaining)


@pytest.mark.parametrize("seconds", [0.5, 1, 7, 25])
@pytest.mark.parametrize(("random", "read_takes"), [(0.0, 0.0), (0.4, 0.1), (0.999, 0.0), (0.2, 0.7)])
def test_a_wait_costs_two_reads_a_second_at_most(seconds: float, random: float, read_takes: float) -> None:
    """A wait reads the task at most twice a second, and ends close to the requested time."""
    world = World(ends_at=1000, read_takes=read_takes)
    assert world.waits(seconds, random=random) == NEW
    assert 0 < len(world.reads) <= 2 * seconds
    assert seconds - max(0.5, read_takes) <= world.now <= seconds + read_takes


def test_waits_that_begin_together_read_at_different_times() -> None:
    worlds = [World(ends_at=1000), World(ends_at=1000)]
    for world, random in zip(worlds, (0.2, 0.6), strict=True):
        world.waits(5, random=random)
    assert not {*worlds[0].reads} & {*worlds[1].reads}


def test_a_wait_is_over_soon_after_the_task_has_ended() -> None:
    world = World(ends_at=3.2)
    assert world.waits(25) == ENDED
    assert world.now == 3.5


def test_a_task_that_has_ended_is_not_waited_for() -> None:
    world = World(ends_at=0)
    assert world.waits(25, task=ENDED) == ENDED
    assert (world.now, world.reads) == (0, [])


def test_reads_that_fail_end_no_wait() -> None:
    """Failed reads do not end a wait; if all fail, it returns the last known state of the task."""
    assert World(ends_at=1, away_until=4).waits(25) == ENDED
    assert World(ends_at=1, away_until=100).waits(5) == NEW


@pytest.mark.parametrize("remaining", [0.1, MARGIN_SECONDS, 10])
def test_a_wait_leaves_time_to_answer(remaining: float) -> None:
    """A wait ends in time for a response, however little time the invocation has left."""
    world = World(ends_at=1000)
    assert world.waits(25, remaining=remaining) == NEW
    assert world.now == max(0, remaining - MARGIN_SECONDS)
