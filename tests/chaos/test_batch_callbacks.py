"""Callbacks of batches on a real table, with functions that die at any point."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.application.batch_ends import BatchEnds
from lambdas.domain.batch import delivery_of_batch
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.http.problems import ApiError
from lambdas.release_tasks.timers import TimerRunner
from lambdas.store import batches
from lambdas.store.batches import INCOMPLETE_FOR
from lambdas.store.recorded_batch import Recorded
from lambdas.store.timers import BATCH, Timer, Timers
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import ERROR, Died, Fate, MortalClient
from tests.chaos.batching import Function, cancel, echo, fresh, now
from tests.chaos.table import BareTable, bare_table


@pytest.fixture(scope="module")
def table(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, fresh("batches")) as found:
        yield found


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a stage's environment, which the validation of submissions needs."""
    for name in ("TASK_QUEUE_URL", "TASK_DLQ_URL", "TASK_TABLE_NAME"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("REGION", "us-east-1")


URL = "https://a.example/"


def look(function: Function, id: str, *, later: timedelta) -> None:
    """Handle a batch's timer that is due, as release_tasks does."""

    def at() -> datetime:
        return now() + later

    client: Any = MortalClient(function.table.client, function.fate)
    ends = BatchEnds(batches=function.batches, dispatcher=function.dispatcher, now=at)
    timers = Timers(client, function.table.name)
    TimerRunner(timers=timers, handlers={BATCH: ends.check}, now=at).fire(Timer(what=BATCH, id=id).key)


def timer_of(table: BareTable, id: str) -> str | None:
    """Return the time at which a batch's timer is due; None if it has none."""
    key = {"taskId": {"S": Timer(what=BATCH, id=id).key}}
    item = table.client.get_item(TableName=table.name, Key=key).get("Item")
    return item and str(item["releaseAt"]["S"])


@pytest.mark.parametrize("made", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("calls", range(1, 9))
def test_a_callback_is_told_once_whatever_dies(
    table: BareTable, monkeypatch: pytest.MonkeyPatch, calls: int, made: bool
) -> None:
    """A batch's callback is recorded once and sent at most once, at whichever call the function dies."""
    monkeypatch.setattr(batches, "_READ_AT_ONCE", 3)  # so that the batch takes two reads
    function, id = Function(table), fresh("batch")
    function.submit(id, *[echo()] * 4, {"payload": 7}, url=URL)
    look(function, id, later=timedelta(seconds=10))
    first = timer_of(table, id)
    assert first
    cancel(function, *(f"{id}.{n}" for n in range(3)))
    look(function, id, later=timedelta(seconds=30))
    assert (timer_of(table, id) or "") > first
    ended = cancel(function, f"{id}.3")
    state = function.batches.state(id, at=now())
    assert state is not None
    told = delivery_of_batch(state, URL, correlation_id="c", at=ended)
    assert function.tasks.get(told.task_id) is None

    mortal = Function(table, Fate(calls=calls, made=made))
    with suppress(Died):
        look(mortal, id, later=timedelta(minutes=1))
    for minutes in (2, 4):
        look(function, id, later=timedelta(minutes=minutes))
    delivery = function.tasks.get(told.task_id)
    assert delivery is not None
    assert delivery.payload["body"] == {
        "batchId": id,
        "total": 5,
        "counts": {"CANCELLED": 4},
        "submittedAt": rfc3339(state.submitted_at),
        "endedAt": rfc3339(ended),
    }
    assert (delivery.status, delivery.reference) == (Status.PENDING, id)
    sent = [*mortal.queue.sent, *function.queue.sent].count(told.task_id)
    assert sent <= 1  # an unsent delivery is sent like any unsent task
    assert sent == 1 or mortal.fate.calls == 0
    assert timer_of(table, id) is None


def test_a_redrive_at_the_last_moment_postpones_the_callback(
    table: BareTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch whose dead letter is redriven while its end is recorded has not ended, and keeps its timer."""
    function, id = Function(table), fresh("batch")
    function.submit(id, echo(), echo(), url=URL)
    cancel(function, f"{id}.1")
    task = function.tasks.get(f"{id}.0")
    assert task is not None
    dead = function.tasks.dead_lettered(task, ERROR, at=now()).task
    is_open = function.batches.is_open

    def found_ended(batch: Recorded, at: datetime) -> bool:
        was_open = is_open(batch, at)
        assert function.tasks.redriven(dead, at=now()).done
        return was_open

    with monkeypatch.context() as patch:
        patch.setattr(function.batches, "is_open", found_ended)
        look(function, id, later=timedelta(seconds=10))
    state = function.batches.state(id, at=now())
    assert state is not None
    assert state.ended_at is None
    assert timer_of(table, id)
    cancel(function, f"{id}.0")
    look(function, id, later=timedelta(minutes=1))
    assert timer_of(table, id) is None
    ended = function.batches.state(id, at=now())
    assert ended is not None
    assert ended.counts == {Status.CANCELLED: 2}
    delivery = delivery_of_batch(ended, URL, correlation_id="c", at=now())
    assert function.tasks.get(delivery.task_id) is not None


def test_a_batch_that_nobody_completes_is_told_of_what_there_is(table: BareTable) -> None:
    """A batch that stays incomplete for an hour ends with the tasks that it has, and loses its timer."""
    function, id = Function(table), fresh("batch")
    with pytest.raises(Died):
        Function(table, Fate(calls=4)).submit(id, *[echo()] * 5, url=URL)
    ended = cancel(function, f"{id}.0", f"{id}.1")
    look(function, id, later=timedelta(seconds=10))
    assert timer_of(table, id)
    seen = function.batches.state(id, at=now() + INCOMPLETE_FOR)
    look(function, id, later=INCOMPLETE_FOR)
    assert timer_of(table, id) is None
    state = function.batches.state(id, at=now())
    assert state is not None
    assert (state.counts, state.total, state.ended_at) == ({Status.CANCELLED: 2}, 5, ended)
    assert state == seen


def test_a_submission_with_a_past_deadline_delays_no_callback(table: BareTable) -> None:
    function, id = Function(table), fresh("batch")
    assert function.submit(id, echo(), echo(expiresAt="2020-01-01T00:00:00Z"), url=URL) == [202, 400]
    cancel(function, f"{id}.0")
    look(function, id, later=timedelta(seconds=10))
    assert timer_of(table, id) is None


def test_a_batch_without_a_callback_has_no_timer(table: BareTable) -> None:
    function, id = Function(table), fresh("batch")
    function.submit(id, echo())
    assert timer_of(table, id) is None


def test_a_repetition_with_another_callback_is_another_batch(table: BareTable) -> None:
    function, id = Function(table), fresh("batch")
    assert function.submit(id, echo(), url=URL) == [202]
    assert function.submit(id, echo(), url=URL) == [200]
    with pytest.raises(ApiError, match="was submitted before"):
        function.submit(id, echo(), url="https://b.example/")


def test_a_callback_waits_for_the_submission_that_was_accepted(table: BareTable) -> None:
    """A batch whose refused submission names the id of an accepted one ends with the task of that id."""
    function, id, taken = Function(table), fresh("batch"), fresh("taken")
    function.submit(None, echo(taskId=taken))
    own = [echo(taskId=taken, payload={"other": 1}), echo(taskId=taken)]
    assert function.submit(id, *own, url=URL) == [409, 200]
    look(function, id, later=INCOMPLETE_FOR)
    assert timer_of(table, id)
    cancel(function, taken)
    look(function, id, later=2 * INCOMPLETE_FOR)
    assert timer_of(table, id) is None
