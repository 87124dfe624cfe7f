"""Searches for the task ahead in lanes whose tasks ended out of turn, on a real table."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.application import ordering
from lambdas.application.ordering import Ordering, waits_for_turn
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.release_tasks.timers import TimerRunner
from lambdas.store.lanes import Lanes
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from lambdas.store.timers import EXPIRY, Timer
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import Died, Fate, MortalClient
from tests.chaos.consumer import consumer
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on
from tests.returned_message import returned

MANY = 24
"""Tasks of a lane, so many that a search through all of them for each would stand out."""
MAX_READS_PER_END = 6
MAX_READS_PER_SEARCH = 4

_numbers = itertools.count()


class Counting:
    """A DynamoDB client that counts the items that are read."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.reads = 0

    def __getattr__(self, name: str) -> Any:
        self.reads += name == "get_item"
        return getattr(self._client, name)


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A lane whose first task is parked for a circuit; functions may die at a call by `fate`."""

    releases: Releases
    client: Counting
    fate: Fate
    key: str
    head: str

    @property
    def table(self) -> TaskTable:
        return self.releases.table

    @property
    def ordering(self) -> Ordering:
        return self.releases.releaser().ordering

    @property
    def timers(self) -> TimerRunner:
        return self.releases.releaser().timers

    def submit(self, count: int = 1) -> list[str]:
        options = {"orderingKey": self.key, "expiresAt": "2026-01-01T12:30:00Z"}
        return [self.releases.accept(options) for _ in range(count)]

    def task(self, task_id: str) -> Task:
        task = self.table.get(task_id)
        assert task is not None
        return task

    def has_turn(self, task_id: str) -> bool:
        """Return whether a task has its turn, and count only the reads of this."""
        predecessor = self.task(task_id).predecessor
        self.client.reads = 0
        return self.ordering.has_turn(predecessor)


@pytest.fixture(scope="module")
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


@pytest.fixture
def lane(releases: Releases) -> Lane:
    counting, fate = Counting(releases.client), Fate()
    client: Any = MortalClient(counting, fate)
    table = TaskTable(client, releases.table_name, releases.objects, retention=timedelta(days=1))
    key = f"key-{next(_numbers)}"
    head = releases.accept({"orderingKey": key})
    claimed = table.claim(head, 0, claimant=head, at=NOON, lease_ends=an_hour_later())
    assert isinstance(claimed, Claimed)
    assert table.park_for_circuit(claimed.task, "a.example", at=NOON)
    return Lane(
        releases=replace(releases, client=client, table=table),
        client=counting,
        fate=fate,
        key=key,
        head=head,
    )


def cancel(lane: Lane, task_id: str) -> None:
    moved = lane.table.cancelled(lane.task(task_id), at=an_hour_later())
    assert moved.done
    lane.ordering.pass_turn(moved.task)


def expire(lane: Lane, task_id: str) -> None:
    assert lane.timers.fire(Timer(what=EXPIRY, id=task_id).key)
    assert lane.task(task_id).status is Status.EXPIRED


def forget(lane: Lane, task_id: str) -> None:
    """Delete a task's record, as its retention does."""
    lane.releases.client.delete_item(TableName=lane.releases.table_name, Key={"taskId": {"S": task_id}})


@pytest.mark.parametrize("end", [cancel, expire])
def test_the_followers_of_a_parked_task_end_with_few_reads(
    lane: Lane, end: Callable[[Lane, str], None]
) -> None:
    """However many tasks wait behind a parked one, each of them ends with a few reads."""
    followers = lane.submit(MANY)
    for task_id in followers:
        assert lane.ordering.park(lane.task(task_id))
    lane.client.reads = 0
    for task_id in followers:
        end(lane, task_id)
    assert lane.client.reads <= MAX_READS_PER_END * MANY

    [last] = lane.submit()
    assert not lane.has_turn(last)
    assert lane.client.reads <= MAX_READS_PER_SEARCH
    cancel(lane, lane.head)
    assert lane.has_turn(last)


@pytest.mark.parametrize("dies", [False, True])
def test_many_tasks_that_ended_out_of_turn_are_searched_once(
    lane: Lane, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    """A search past many cancelled tasks shortens the next one, even if its function dies halfway."""
    monkeypatch.setattr(ordering, "SHORTEN_EVERY", MANY // 3)
    *ended, last = lane.submit(MANY + 1)
    for task_id in ended:
        cancel(lane, task_id)
    if dies:
        lane.fate.calls = 1 + MANY // 2  # the first of which reads the last task itself
        with suppress(Died):
            lane.has_turn(last)
        lane.fate.calls = None
    assert not lane.has_turn(last)
    assert lane.client.reads == (2 + MANY - MANY // 3 if dies else 1 + MANY)

    assert not lane.has_turn(last)
    assert lane.client.reads <= MAX_READS_PER_SEARCH


def test_an_id_that_is_used_again_is_another_task(lane: Lane) -> None:
    """A task with the id of one whose record has expired waits neither for that one nor for itself."""

    def submit_again(at: datetime) -> None:
        submission = Submission.model_validate({"payload": {}, "orderingKey": lane.key})
        task = accepted(submission, task_id=lane.head, max_attempts=3, correlation_id="c", at=at)
        assert lane.table.accept(task, submission.fingerprint()).created

    forget(lane, lane.head)
    submit_again(NOON + timedelta(days=40))  # as the last one of its lane
    assert lane.has_turn(lane.head)
    [between] = lane.submit()
    cancel(lane, between)
    forget(lane, lane.head)
    submit_again(NOON + timedelta(days=80))  # behind a task that names the former one
    assert lane.has_turn(lane.head)
    cancel(lane, lane.head)
    [last] = lane.submit()
    assert lane.has_turn(last)


def test_a_follower_waits_although_the_record_between_is_gone(lane: Lane) -> None:
    """A task keeps waiting for the parked one when the record of a cancelled one between them expires."""
    between, follower = lane.submit(2)
    for task_id in (between, follower):
        assert lane.ordering.park(lane.task(task_id))
    cancel(lane, between)
    forget(lane, between)
    assert not lane.has_turn(follower)
    lane.ordering.await_turn(lane.task(follower))
    assert waits_for_turn(lane.task(follower))

    cancel(lane, lane.head)
    assert lane.task(follower).status is Status.QUEUED


@pytest.mark.parametrize("end", [cancel, expire])
@pytest.mark.parametrize("is_parked", [False, True])
@pytest.mark.parametrize("order", [1, -1], ids=["forwards", "backwards"])
def test_a_task_that_joins_waits_although_the_records_of_the_last_ones_are_gone(
    lane: Lane, end: Callable[[Lane, str], None], is_parked: bool, order: int
) -> None:
    """A new task waits for the parked one even if the records of all that ended between them have expired."""
    ended = lane.submit(3)
    for task_id in ended if is_parked else []:
        assert lane.ordering.park(lane.task(task_id))
    for task_id in ended[::order]:
        end(lane, task_id)
    for task_id in ended:
        forget(lane, task_id)
    [last] = lane.submit()
    assert not lane.has_turn(last)
    cancel(lane, lane.head)
    assert lane.has_turn(last)


def test_two_last_tasks_that_end_at_the_same_moment_are_both_stepped_over(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one ahead may end out of turn after it was found, and before it is the last of its lane again."""
    ahead, behind = lane.submit(2)
    step_back = Lanes.step_back

    def ahead_ends_first(self: Lanes, ordering_key: str, *, last: str, to: str) -> bool:
        monkeypatch.setattr(Lanes, "step_back", step_back)
        cancel(lane, ahead)
        return self.step_back(ordering_key, last=last, to=to)

    monkeypatch.setattr(Lanes, "step_back", ahead_ends_first)
    cancel(lane, behind)
    for task_id in (ahead, behind):
        forget(lane, task_id)
    [last] = lane.submit()
    assert not lane.has_turn(last)


@pytest.mark.parametrize("end", [cancel, expire])
def test_the_end_of_a_backlog_reads_little_of_it(
    lane: Lane, monkeypatch: pytest.MonkeyPatch, end: Callable[[Lane, str], None]
) -> None:
    """A long search for the task ahead is left to a message, since the last task may have none."""
    monkeypatch.setattr(ordering, "SHORTEN_EVERY", 3)
    ended = lane.submit(MANY)
    for task_id in ended[:-1]:
        end(lane, task_id)
    sent = lane.releases.queue.sent
    assert not sent.keys() & {*ended}
    before = lane.client.reads
    end(lane, ended[-1])
    assert lane.client.reads - before < MANY // 2
    assert {task_id: sent[task_id] for task_id in ended if sent[task_id]} == {ended[-1]: 1}
    consumer(lane.releases).consume(returned(ended[-1]))
    assert sent[ended[-1]] == 1
    for task_id in ended:
        forget(lane, task_id)
    [last] = lane.submit()
    assert not lane.has_turn(last)
