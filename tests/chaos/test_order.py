"""The order of a key's tasks on a real table, for random orders of events and deaths of functions.

The consumer and all its parts are the functions' own. The queue between them is the adversary: it delivers
any message at any time, even twice, and any call to the table or the queue may be its caller's last.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from lambdas.application import ordering
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.http.problems import ApiError
from lambdas.store.attribute_values import unmarshal
from lambdas.store.item import to_task
from lambdas.store.lanes import lane_place, task_id_of
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import ERROR, Fate, MortalClient, _numbers
from tests.chaos.lane import Key
from tests.chaos.lane_checks import BEGINNING, LEASE_SECONDS
from tests.chaos.table import BareTable, bare_table


@pytest.fixture(scope="module")
def bare(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, "order") as made:
        yield made


@pytest.mark.parametrize("mortal", [False, True])
def test_no_order_of_events_breaks_a_keys_order(
    bare: BareTable, monkeypatch: pytest.MonkeyPatch, mortal: bool
) -> None:
    """No attempt begins before all earlier tasks have ended, and all tasks end.

    If no function dies, tasks get their turn without a search by release_tasks. Else each search past a task
    that ended out of turn shortens the next one.
    """
    if mortal:
        monkeypatch.setattr(ordering, "MAX_SKIPPED", 0)

    class OnTheTable(Key):
        pass

    OnTheTable.bare, OnTheTable.mortal = bare, mortal
    run_state_machine_as_test(
        OnTheTable,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            database=None,
            # Shrinking an example takes minutes, and its history is sufficient.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("late", [None, "before", "after"], ids=lambda late: f"late={late}")
def test_a_lost_attempt_whose_message_is_gone_is_made_again(bare: BareTable, late: str | None) -> None:
    """Run now sends the message again, once the lease is over, even if the function still reports back."""

    class OnTheTable(Key):
        pass

    OnTheTable.bare, OnTheTable.mortal = bare, False
    machine = OnTheTable()
    machine.begin()
    machine.submit(later=False, expires=False, dies=None)
    machine.submit(later=False, expires=False, dies=None)
    [task_id, follower] = machine.task_ids
    ends = machine.now + timedelta(seconds=LEASE_SECONDS)
    claimed = machine.table.claim(task_id, 0, claimant="m/1", at=machine.now, lease_ends=ends)
    assert isinstance(claimed, Claimed)
    machine.messages.clear()

    def run() -> None:
        found = machine.table.snapshot(task_id)
        assert found is not None
        machine.runner.run(found, by=Requester())

    with pytest.raises(ApiError):
        run()
    machine.now += timedelta(seconds=2 * LEASE_SECONDS)
    run()
    run()
    assert len(machine.messages) == 2
    if late == "before":
        assert machine.table.succeeded(claimed.task, "late", at=machine.now).done
    for message in list(machine.messages):
        machine._deliver(message)
    if late == "after":
        assert not machine.table.succeeded(claimed.task, "late", at=machine.now).done
    task = machine._task(task_id)
    assert (task.status, task.attempts) == (Status.SUCCEEDED, 1 if late == "before" else 2)
    assert [entry.status for entry in task.history].count(Status.SUCCEEDED) == 1
    with pytest.raises(ApiError):
        run()
    found = machine.table.snapshot(follower)
    assert found is not None
    machine.runner.run(found, by=Requester())
    machine._deliver(machine.messages[-1])
    assert machine._task(follower).status is Status.SUCCEEDED


def test_a_retry_whose_message_is_gone_is_made_when_it_is_run(bare: BareTable) -> None:
    """Run now sends a message once the retry has been due for a minute; until then, it only shows the one."""

    class OnTheTable(Key):
        pass

    OnTheTable.bare, OnTheTable.mortal = bare, False
    for minutes, sent in ((0.5, 0), (2, 1)):
        machine = OnTheTable()
        machine.begin()
        machine.submit(later=False, expires=False, dies=None)
        machine.outcome = "is retried"
        machine._deliver(machine.messages[0])
        machine.messages.clear()
        machine.now += timedelta(minutes=minutes)
        [task_id] = machine.task_ids
        found = machine.table.snapshot(task_id)
        assert found is not None
        assert found.task.status is Status.RETRYING
        machine.runner.run(found, by=Requester())
        assert len(machine.messages) == sent
        assert machine._task(task_id).status is Status.QUEUED


def test_simultaneous_submissions_of_a_key_are_ordered(bare: BareTable) -> None:
    """Tasks that join a key concurrently each get a place behind exactly one other task."""
    table, key = TaskTable(bare.client, bare.name, bare.objects), f"key-{next(_numbers)}"

    def submit(_: int) -> str:
        return _accept(table, key).task_id

    with ThreadPoolExecutor(8) as clients:
        submitted = list(clients.map(submit, range(40)))
    assert sorted(_lane(bare, key)) == sorted(submitted)


def test_a_place_whose_answer_was_lost_is_taken_once(bare: BareTable) -> None:
    """A write that boto3 repeats after a lost answer makes one task with one place."""

    class Repeating(MortalClient):
        def transact_write_items(self, **arguments: Any) -> object:
            self._client.transact_write_items(**arguments)  # type: ignore[attr-defined]
            return self._client.transact_write_items(**arguments)  # type: ignore[attr-defined]

    client: Any = Repeating(bare.client, Fate())
    table, key = TaskTable(client, bare.name, bare.objects), f"key-{next(_numbers)}"
    submitted = [_accept(table, key) for _ in range(3)]
    assert _lane(bare, key) == [task.task_id for task in submitted]
    assert [task.predecessor for task in submitted] == [
        None,
        *(lane_place(task.task_id, 0, BEGINNING) for task in submitted[:2]),
    ]


def test_a_transition_into_a_lane_returns_what_it_has_written(bare: BareTable) -> None:
    """A transition into a lane returns exactly the written record, without reading it again."""
    table, key = TaskTable(bare.client, bare.name, bare.objects), f"key-{next(_numbers)}"
    first, second = _accept(table, key), _accept(table, key)
    assert table.dead_lettered(first, ERROR, at=BEGINNING + timedelta(seconds=1)).done
    dead = table.get(first.task_id)
    assert dead is not None
    redriven = table.redriven(dead, at=BEGINNING + timedelta(seconds=2))
    assert redriven.done
    assert redriven.task.predecessor == lane_place(second.task_id, 0, BEGINNING)
    assert redriven.task == table.get(first.task_id)

    submission = Submission.model_validate(
        {"payload": {}, "orderingKey": key, "runAt": "2026-12-31T00:00:00Z"}
    )
    task_id = f"task-{next(_numbers)}"
    later = accepted(submission, task_id=task_id, max_attempts=3, correlation_id="c", at=BEGINNING)
    table.accept(later, submission.fingerprint())
    released = table.released(later, at=BEGINNING + timedelta(seconds=3))
    assert released is not None
    assert released.predecessor == lane_place(first.task_id, 1, BEGINNING)
    assert released == table.get(task_id)


def _accept(table: TaskTable, key: str) -> Task:
    submission = Submission.model_validate({"payload": {}, "orderingKey": key})
    task_id = f"task-{next(_numbers)}"
    task = accepted(submission, task_id=task_id, max_attempts=3, correlation_id="c", at=BEGINNING)
    made = table.accept(task, submission.fingerprint())
    assert made.same
    return made.task


def _lane(bare: BareTable, key: str) -> list[str]:
    """Return a lane's task ids in the order of joining; the lane must have no redrives."""
    found = bare.client.get_item(TableName=bare.name, Key={"taskId": {"S": f"lane/{key}"}})
    last, lane = unmarshal(found["Item"])["last"], list[str]()
    while last is not None:
        lane.insert(0, task_id_of(last))
        item = bare.client.get_item(TableName=bare.name, Key={"taskId": {"S": lane[0]}})["Item"]
        last = to_task(item).predecessor
    return lane
