"""Tasks at their deadlines, on a real table, with functions that die at any point."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.release_tasks.timers import UNKNOWN_AGAIN
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from lambdas.store.timers import EXPIRY, Timer, Timers
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import Died, Fate, MortalClient
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on

ERROR = TaskError.of(Category.SYSTEM, "Broken", "it broke")
IN_HALF_AN_HOUR = {"expiresAt": "2026-01-01T12:30:00Z"}


@pytest.fixture(scope="module")
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


def task_of(releases: Releases, task_id: str) -> Task:
    task = releases.table.get(task_id)
    assert task is not None
    return task


def begun(releases: Releases, task_id: str, at: datetime = NOON) -> Task:
    ends = an_hour_later() + timedelta(hours=1)
    claimed = releases.table.claim(task_id, 0, claimant=task_id, at=at, lease_ends=ends)
    assert isinstance(claimed, Claimed)
    return claimed.task


def timer_of(releases: Releases, task_id: str) -> str | None:
    """Return the time at which a task's timer is due; None if it has none."""
    key = Timer(what=EXPIRY, id=task_id).key
    found = releases.client.get_item(TableName=releases.table_name, Key={"taskId": {"S": key}})
    return found["Item"]["releaseAt"]["S"].partition("#")[0] if "Item" in found else None


def waits(releases: Releases, state: str) -> str:
    """Make a task that waits for its first attempt, and return its id."""
    if state == "SCHEDULED":
        return releases.accept({"runAt": "2026-01-01T12:29:59Z", **IN_HALF_AN_HOUR})
    task_id = releases.accept(IN_HALF_AN_HOUR)
    task = task_of(releases, task_id)
    match state:
        case "QUEUED":
            releases.table.queued(task, at=NOON)
        case "PARKED for its turn":
            assert releases.table.park_for_turn(task, at=NOON, check_at=NOON + timedelta(days=1)).done
        case "PARKED for a circuit":
            assert releases.table.park_for_circuit(begun(releases, task_id), "a.example", at=NOON)
    return task_id


@pytest.mark.parametrize(
    "state", ["SCHEDULED", "PENDING", "QUEUED", "PARKED for its turn", "PARKED for a circuit"]
)
def test_a_task_expires_wherever_it_waits(releases: Releases, state: str) -> None:
    """A waiting task expires at its deadline, cannot be claimed afterwards, and has no timer left."""
    task_id = waits(releases, state)
    assert task_of(releases, task_id).status == state.split()[0]
    assert timer_of(releases, task_id) == "2026-01-01T12:30:00.000Z"
    releases.releaser().release()
    task = task_of(releases, task_id)
    assert (task.status, task.attempts) == (Status.EXPIRED, 0)
    assert timer_of(releases, task_id) is None
    late = releases.table.claim(task_id, 0, claimant="c", at=an_hour_later(), lease_ends=an_hour_later())
    assert not isinstance(late, Claimed)


def test_no_attempt_begins_after_the_deadline(releases: Releases) -> None:
    """No attempt begins after the deadline, even before the timer has fired."""
    task_id = releases.accept(IN_HALF_AN_HOUR)
    deadline = task_of(releases, task_id).expires_at
    assert deadline is not None
    for at in (deadline, deadline + timedelta(minutes=1)):
        assert not isinstance(
            releases.table.claim(task_id, 0, claimant="c", at=at, lease_ends=at + timedelta(minutes=1)),
            Claimed,
        )
    begun(releases, task_id, at=deadline - timedelta(milliseconds=1))


def test_a_task_that_has_begun_in_time_goes_on(releases: Releases) -> None:
    """A task that began in time may be retried and redriven after its deadline."""
    task_id = releases.accept(IN_HALF_AN_HOUR)
    task = begun(releases, task_id)
    assert releases.table.retrying(task, ERROR, 1, receipt_handle="r", at=NOON)
    releases.releaser().release()
    assert task_of(releases, task_id).status is Status.RETRYING
    assert timer_of(releases, task_id) is None

    again = begun(releases, task_id, at=an_hour_later())
    assert releases.table.dead_lettered(again, ERROR, at=an_hour_later()).done
    assert releases.table.redriven(task_of(releases, task_id), at=an_hour_later()).done
    redriven = releases.table.claim(task_id, 1, claimant="c", at=an_hour_later(), lease_ends=an_hour_later())
    assert isinstance(redriven, Claimed)
    assert not redriven.task.has_expired(an_hour_later())


def test_an_attempt_that_is_given_back_after_the_deadline_was_none(releases: Releases) -> None:
    """A task expires if its claim is given back after the deadline; its timer stays while it runs."""
    task_id = releases.accept(IN_HALF_AN_HOUR)
    task = begun(releases, task_id)
    releases.releaser().release()
    assert task_of(releases, task_id).status is Status.PROCESSING
    again = timer_of(releases, task_id)
    assert again is not None
    assert again > "2026-01-01T13:00:00.000Z"
    assert releases.table.park_for_circuit(task, "a.example", at=an_hour_later())
    later = datetime.fromisoformat(again) + timedelta(minutes=1)
    releaser = releases.releaser()
    releaser = replace(releaser, now=lambda: later, timers=replace(releaser.timers, now=lambda: later))
    releaser.release()
    assert task_of(releases, task_id).status is Status.EXPIRED


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("end", ["succeeded", "dead_lettered", "cancelled"])
def test_a_task_that_ends_has_no_timer(releases: Releases, end: str, ordered: bool) -> None:
    """The write that ends a task deletes its timer, and is idempotent."""
    key = {"orderingKey": f"key-{end}"} if ordered else {}
    task_id = releases.accept({**IN_HALF_AN_HOUR, **key})
    task = task_of(releases, task_id) if end == "cancelled" else begun(releases, task_id)
    assert releases.table.notes.note_follower(task, "follower")
    at = an_hour_later()
    for _ in range(2):
        match end:
            case "succeeded":
                moved = releases.table.succeeded(task, {"large": "x" * 3000}, at=at)
            case "dead_lettered":
                moved = releases.table.dead_lettered(task, ERROR, at=at)
            case _:
                moved = releases.table.cancelled(task, at=at)
        assert moved.done
        assert moved.task == task_of(releases, task_id)
        assert moved.task.follower == "follower"
    assert timer_of(releases, task_id) is None


@pytest.mark.parametrize("made", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("calls", range(1, 6))
def test_a_function_that_ends_a_task_may_crash_at_any_call(
    releases: Releases, calls: int, made: bool
) -> None:
    """After a death at any call, the next pass completes the task's end."""
    task_id = releases.accept(IN_HALF_AN_HOUR)
    fate = Fate(calls=calls, made=made)
    client: Any = MortalClient(releases.client, fate)
    mortal = replace(
        releases,
        client=client,
        table=TaskTable(client, releases.table_name, releases.objects, retention=timedelta(days=1)),
    )
    with suppress(Died):
        mortal.releaser().timers.fire(Timer(what=EXPIRY, id=task_id).key)
    assert task_of(releases, task_id).status in (Status.PENDING, Status.EXPIRED)
    releases.releaser().release()
    task = task_of(releases, task_id)
    assert [entry.status for entry in task.history] == [Status.PENDING, Status.EXPIRED]
    assert timer_of(releases, task_id) is None


def test_a_timer_that_fails_holds_up_nobody(releases: Releases) -> None:
    """A failing timer, or one of an unknown type, does not delay the others."""
    unknown, failing = Timer(what="unheard-of", id="1"), Timer(what="failing", id="1")
    for timer in (unknown, failing):
        put = timer.to_put(releases.table_name, NOON)
        releases.client.transact_write_items(TransactItems=[put])
    task_id = releases.accept(IN_HALF_AN_HOUR)
    releaser = releases.releaser()

    def fail(_: str) -> None:
        raise ValueError("it cannot be read")

    timers = replace(releaser.timers, handlers={**releaser.timers.handlers, "failing": fail})
    replace(releaser, timers=timers).release()
    assert task_of(releases, task_id).status is Status.EXPIRED
    left = due(releases, an_hour_later())
    assert failing.key in left
    assert unknown.key not in left
    assert unknown.key in due(releases, an_hour_later() + 2 * UNKNOWN_AGAIN)
    client: Any = releases.client
    Timers(client, releases.table_name).delete(failing, before=an_hour_later())
    assert failing.key not in due(releases, an_hour_later())


def due(releases: Releases, at: datetime) -> list[str]:
    return [each.task_id for each in releases.index.due(at)]


def test_a_timer_that_was_set_anew_is_not_deleted(releases: Releases) -> None:
    """A timer that was set to a later time is not deleted, and a deleted one is not postponed."""
    client: Any = releases.client
    timers, timer = Timers(client, releases.table_name), Timer(what=EXPIRY, id="watched")
    releases.client.transact_write_items(TransactItems=[timer.to_put(releases.table_name, an_hour_later())])
    timers.delete(timer, before=NOON)
    assert timer_of(releases, "watched") is not None
    timers.delete(timer, before=an_hour_later())
    assert timer_of(releases, "watched") is None
    timers.postpone(timer, an_hour_later())
    assert timer_of(releases, "watched") is None
