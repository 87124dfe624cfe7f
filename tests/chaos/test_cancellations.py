"""Cancellations of tasks that change between being read and being cancelled, on a real table."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.application.ordering import Ordering
from lambdas.domain.errors import LOST_ATTEMPT
from lambdas.domain.lifecycle import CANCELLABLE, Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.http.task_selection import Filter
from lambdas.manage_tasks.bulk import Action, Bulk
from lambdas.manage_tasks.bulk_call import BulkCall
from lambdas.manage_tasks.cancel import cancel, may_be_cancelled
from lambdas.manage_tasks.state_conflict import StateConflict, change_latest
from lambdas.store.selection import Selection
from lambdas.store.snapshot import Claimed, Snapshot
from sandbox.process.state_file import Sandbox
from tests.chaos.bulk import acted
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on


@pytest.fixture
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


def read(releases: Releases, task_id: str) -> Snapshot:
    found = releases.table.snapshot(task_id)
    assert found is not None
    return found


def cancelling(releases: Releases, found: Snapshot, *, running: bool = True) -> Task:
    queue: Any = releases.queue
    return cancel(
        found,
        by=Requester(),
        table=releases.table,
        queue=queue,
        ordering=releases.releaser().ordering,
        at=an_hour_later(),
        running=running,
    )


def release(releases: Releases, task: Task) -> None:
    assert releases.table.released(task, at=an_hour_later()) is not None


def claim(releases: Releases, task: Task) -> Task:
    claimed = releases.table.claim(
        task.task_id, task.generation, claimant="c", at=NOON, lease_ends=an_hour_later()
    )
    assert isinstance(claimed, Claimed)
    return claimed.task


def park_anew(releases: Releases, task: Task) -> None:
    release(releases, task)
    again = claim(releases, read(releases, task.task_id).task)
    assert releases.table.park_for_circuit(again, "a.example", at=an_hour_later())


def begin(releases: Releases, task: Task) -> None:
    release(releases, task)
    claim(releases, read(releases, task.task_id).task)


def succeed(releases: Releases, task: Task) -> None:
    release(releases, task)
    running = claim(releases, read(releases, task.task_id).task)
    assert releases.table.succeeded(running, {}, at=an_hour_later()).done


def changed_between(
    releases: Releases, change: Callable[[Releases, Task], object]
) -> tuple[str, Callable[[], Snapshot]]:
    """Park a task, and return its id with a function that reads it and changes it after the first read."""
    [task_id] = releases.park(1)
    reads = list[str]()

    def read_and_change() -> Snapshot:
        found = read(releases, task_id)
        reads.append(task_id)
        if len(reads) == 1:
            change(releases, found.task)
        return found

    return task_id, read_and_change


@pytest.mark.parametrize("change", [release, park_anew])
def test_a_task_that_changes_meanwhile_is_cancelled(
    releases: Releases, change: Callable[[Releases, Task], object]
) -> None:
    """A waiting task is cancelled although it is released, or waits anew, after it was read."""
    task_id, reading = changed_between(releases, change)
    change_latest(reading, may_be_cancelled, lambda found: cancelling(releases, found))
    assert read(releases, task_id).task.status is Status.CANCELLED


def test_a_task_that_ends_meanwhile_is_not_cancelled(releases: Releases) -> None:
    task_id, reading = changed_between(releases, succeed)
    with pytest.raises(StateConflict, match="is SUCCEEDED and cannot be cancelled"):
        change_latest(reading, may_be_cancelled, lambda found: cancelling(releases, found))
    assert read(releases, task_id).task.status is Status.SUCCEEDED


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_task_whose_attempt_was_lost_is_cancelled_at_once(releases: Releases, is_lost: bool) -> None:
    """If the running function is certainly dead, the task ends, and a late report of it changes nothing."""
    [task_id] = releases.wait(1)
    ends = an_hour_later() + timedelta(seconds=-10 if is_lost else 10)
    claimed = releases.table.claim(task_id, 0, claimant="c", at=NOON, lease_ends=ends)
    assert isinstance(claimed, Claimed)
    task = cancelling(releases, read(releases, task_id))
    assert task == read(releases, task_id).task
    assert task.status is (Status.CANCELLED if is_lost else Status.PROCESSING)
    assert task.history[-1].error == (LOST_ATTEMPT if is_lost else None)
    assert releases.table.succeeded(claimed.task, {}, at=an_hour_later()).done is not is_lost


def test_a_cancellation_is_answered_though_the_next_task_could_not_be_released(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task has ended by then, so that a repetition would be refused."""

    def throttled(*_: object) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "Query")

    monkeypatch.setattr(Ordering, "pass_turn", throttled)
    [task_id] = releases.wait(1)
    ends = an_hour_later() - timedelta(seconds=10)
    assert isinstance(releases.table.claim(task_id, 0, claimant="c", at=NOON, lease_ends=ends), Claimed)
    assert cancelling(releases, read(releases, task_id)).cancel_requested
    assert read(releases, task_id).task.status is Status.CANCELLED


def test_a_bulk_call_cancels_a_task_that_changes_meanwhile(releases: Releases) -> None:
    """A bulk call reads a task again that has changed, and skips it if it no longer matches.

    A task that runs by then is left alone, as bulk calls are only for those that do not.
    """
    changes = dict(zip(releases.park(4), (release, park_anew, succeed, begin), strict=True))
    seen = set[str]()

    def perform(found: Snapshot) -> object:
        task = found.task
        if task.task_id not in seen:
            seen.add(task.task_id)
            changes[task.task_id](releases, task)
        return cancelling(releases, found, running=False)

    client: Any = releases.client
    selection = Selection(client, releases.table_name)
    call = BulkCall(
        bulk=Bulk(selection=selection, table=releases.table, now=an_hour_later, sleep=lambda _: None),
        change="cancel",
        action=Action(perform=perform),
        given=Filter(),
        possible=CANCELLABLE,
        bound="submitted_before",
        patch=None,
        at=an_hour_later(),
    )
    outcome = acted(call).outcome
    assert (outcome.done, outcome.failed, outcome.more) == (2, [], False)
    running = read(releases, list(changes)[-1]).task
    assert (running.status, running.cancel_requested) == (Status.PROCESSING, None)
