"""Passes of release_tasks while very many tasks wait, or after a failed release, on real tables."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from lambdas.application.ordering import next_check
from lambdas.domain.history import Wait
from lambdas.release_tasks import releaser as module
from lambdas.release_tasks.releaser import Pass
from lambdas.store.circuits import Circuits, Permit
from lambdas.store.lanes import place_of
from lambdas.store.waiting_keys import circuit_key
from sandbox.process.state_file import Sandbox
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on


@pytest.fixture
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


def test_many_closed_circuits_delay_no_other_tasks(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass is bounded for all circuits together, and each of them gets its turn."""
    monkeypatch.setattr(module, "MAX_PER_PASS", 6)
    monkeypatch.setattr(module, "MAX_PER_CIRCUIT_AND_PASS", 2)
    circuits = [f"{number}.example" for number in range(9)]
    parked = {task_id: circuit for circuit in circuits for task_id in releases.park(3, circuit)}
    releases.park_for_pause(3)
    releases.resume()
    releaser = releases.releaser()

    def begun() -> set[str]:
        return {parked.get(task_id, "kind/echo") for task_id in releases.queue.sent}

    answers = iter([False] * 4)  # a question for each circuit and each task
    assert releaser.release(lambda: next(answers, True)).released == 2
    assert len(begun()) == 1
    assert [releaser.release().released for _ in range(3)] == [6, 6, 6]
    assert begun() == {*circuits, "kind/echo"}
    first = {next(iter(releases.releaser()._rotation.order(circuits))) for _ in range(20)}
    assert len(first) > 1


def test_a_probe_is_any_of_the_tasks_that_wait(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the oldest ones have a bug that shows nothing about the dependency, others probe it as well."""
    monkeypatch.setattr(Circuits, "permit", lambda *_: Permit.ONE)
    releases.park(12)
    oldest = releases.index.parked(circuit_key("a.example"), 6)
    for _ in range(6):
        assert releases.releaser().release().released == 1
    assert [*releases.queue.sent] != oldest


def test_a_circuit_is_probed_when_the_clock_was_set_back(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe by a clock that was an hour ahead is not taken for one that is under way."""
    monkeypatch.setattr(Circuits, "permit", lambda *_: Permit.ONE)
    releases.park(3)
    at = an_hour_later()
    ahead = replace(releases.releaser(), now=lambda: at + timedelta(hours=1))
    assert [ahead.release().released, ahead.release().released] == [1, 0]
    assert replace(ahead, now=lambda: at).release().released == 1


def test_turns_are_checked_less_often_the_longer_tasks_wait(releases: Releases) -> None:
    """So the checks for the backlog of one key leave time for those of other keys."""
    _, follower = [releases.accept({"orderingKey": "key"}) for _ in range(2)]
    task = releases.table.get(follower)
    assert task is not None
    assert releases.table.park_for_turn(task, at=NOON, check_at=NOON).done
    releases.releaser().release()
    later = [an_hour_later() + timedelta(minutes=minutes) for minutes in (9, 11)]
    assert [[*releases.index.turns_to_check(at)] for at in later] == [[], [follower]]
    parked = releases.table.get(follower)
    assert parked is not None
    assert next_check(parked, NOON + timedelta(minutes=2)) == NOON + timedelta(minutes=3)


def lags(printed: str) -> list[float]:
    lines = [json.loads(line) for line in printed.splitlines() if '"ReleaseLag"' in line]
    return [lag for line in lines for lag in line["ReleaseLag"]]


def test_a_pass_reports_how_late_it_is_if_it_does_not_take_all(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While more tasks are due than a pass releases, the lateness of the oldest one is published."""
    monkeypatch.setattr(module, "MAX_PER_PASS", 3)
    releases.schedule(5)
    releaser = releases.releaser()
    assert releaser.release().released == 3
    [lag] = lags(capsys.readouterr().out)
    assert 1800 <= lag < 1900  # scheduled for 12:30, released at 13:00
    assert releaser.release().released == 2
    assert lags(capsys.readouterr().out) == []


def test_a_follower_gets_no_second_message_before_its_turn(releases: Releases) -> None:
    """In a key's backlog only the first task is sent again; the others are parked until their turn."""
    head, *followers = [releases.accept({"orderingKey": "key"}) for _ in range(4)]
    soon = replace(releases.releaser(), now=lambda: NOON + timedelta(minutes=1))
    assert soon.send_unsent() == 4  # SQS drops these messages, if the first ones have been sent
    late = [releases.accept({"orderingKey": "late"}) for _ in range(3)]
    alone = releases.accept({})
    releases.queue.sent.clear()
    releaser = releases.releaser()
    assert releaser.send_unsent() == 2
    assert releases.queue.sent == Counter([late[0], alone])
    found = [releases.table.get(task_id) for task_id in (head, *followers, *late)]
    assert [task and task.waits_for for task in found] == [*[None] * 5, Wait.TURN, Wait.TURN]
    first = releases.table.get(late[0])
    assert first is not None
    releaser.ordering.pass_turn(releases.table.cancelled(first, at=an_hour_later()).task)
    assert releases.queue.sent == Counter([late[0], alone, late[1]])


def test_a_pass_that_only_runs_timers_tells_whether_more_may_be_due(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass is full if it looked at as many due tasks and timers as it may, even if it released no task."""
    monkeypatch.setattr(module, "MAX_PER_PASS", 3)
    for _ in range(4):
        releases.accept({"expiresAt": "2026-01-01T12:15:00Z"})
    releaser = releases.releaser()
    assert [releaser.release() for _ in range(2)] == [
        Pass(released=0, is_full=True),
        Pass(released=0, is_full=False),
    ]


@pytest.mark.parametrize(("refused", "at_first"), [("transact_write_items", 2), ("get_item", 1)])
def test_a_failed_release_lets_no_later_task_of_its_key_pass(
    releases: Releases, refused: str, at_first: int
) -> None:
    """A later task with the same ordering key, or with any if the key is unknown, awaits the next pass."""
    for number, key in enumerate(["key", "key", "another", None]):
        releases.accept({"runAt": f"2026-01-01T12:3{number}:00Z", "orderingKey": key})
    first, second, *_ = [each.task_id for each in releases.index.due(an_hour_later())]
    releaser = releases.releaser()
    releases.client.refused = {refused}
    assert [releaser.release().released for _ in range(3)] == [at_first, 4 - at_first, 0]
    head, follower = releases.table.get(first), releases.table.get(second)
    assert head is not None
    assert follower is not None
    assert (head.predecessor, follower.predecessor) == (None, place_of(head))
