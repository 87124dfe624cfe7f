"""Passes of release_tasks with more tasks than fit into one, on real tables."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.domain.requester import Requester
from lambdas.release_tasks import releaser as module
from lambdas.release_tasks.releaser import MAX_PER_CIRCUIT_AND_PASS
from lambdas.store import task_index
from lambdas.store.holds import NOTICED_WITHIN_SECONDS
from lambdas.store.task_index import Due
from lambdas.store.waiting_keys import circuit_key, kind_key
from sandbox.process.state_file import Sandbox
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on


@dataclass(frozen=True)
class AnyTime:
    """An outdated index that reports its tasks as due at any time."""

    task_ids: list[str]

    def due(self, now: datetime) -> list[Due]:
        return [Due(task_id=each, at=now) for each in self.task_ids]

    def turns_to_check(self, now: datetime) -> list[str]:
        return []


@pytest.fixture
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


@pytest.fixture
def per_pass(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let a pass handle ten tasks, for tests that need more than fit into one; return that number."""
    monkeypatch.setattr(module, "MAX_PER_PASS", 10)
    return 10


def test_a_pass_is_bounded_and_the_next_ones_go_on(
    releases: Releases, per_pass: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pass releases a limited number of tasks, and the next one continues; shards have several pages."""
    monkeypatch.setattr(task_index, "PAGE_SIZE", 1)
    due = releases.schedule(2 * per_pass + 5)
    releaser = releases.releaser()
    assert [releaser.release().released for _ in range(4)] == [per_pass, per_pass, 5, 0]
    assert releases.queue.sent == Counter(due)


def test_tasks_that_wait_for_their_turn_delay_no_others(
    releases: Releases, per_pass: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduled task is released in the first pass, although more turns than fit into it are overdue."""
    monkeypatch.setattr(module, "MAX_TURNS_PER_PASS", 5)
    _, *followers = [releases.accept({"orderingKey": "key"}) for _ in range(per_pass + 6)]
    for task_id in followers:
        follower = releases.table.get(task_id)
        assert follower is not None
        assert releases.table.park_for_turn(follower, at=NOON, check_at=NOON).done
    due = releases.schedule(1)
    assert releases.releaser().release().released == 1
    assert releases.queue.sent == Counter(due)
    assert len([*releases.index.turns_to_check(an_hour_later())]) == len(followers) - 5


def test_a_pass_ends_when_too_little_time_is_left(releases: Releases) -> None:
    """A pass handles no further task or timer once its time is over, and the next one continues."""
    expiring = releases.accept({"expiresAt": "2026-01-01T12:15:00Z"})
    due = releases.schedule(2)
    releaser = releases.releaser()
    answers = iter([False, False])  # the timer comes first
    assert releaser.release(lambda: next(answers, True)).released == 1
    task = releases.table.get(expiring)
    assert task is not None
    assert task.status == "EXPIRED"
    assert releaser.release(lambda: True).released == 0
    assert releaser.release().released == 1
    assert releases.queue.sent == Counter(due)


def test_whether_there_is_anything_to_release_is_known(releases: Releases) -> None:
    """A run is needed while a task waits for its time or circuit, unless the table is unavailable."""
    releaser = releases.releaser()
    assert not releaser.is_needed()
    for wait in (releases.schedule, releases.park):
        wait(1)
        assert releaser.is_needed()
        assert releaser.release().released == 1
        assert not releaser.is_needed()
    releases.client.away = True
    assert not releaser.is_needed()


def test_passes_at_once_release_each_task_once(releases: Releases) -> None:
    """Two simultaneous passes release each task once."""
    due = releases.schedule(30)
    with ThreadPoolExecutor(2) as passes:
        released = list(
            passes.map(lambda releaser: releaser.release().released, [releases.releaser() for _ in "12"])
        )
    assert sum(released) == len(due)
    assert releases.queue.sent == Counter(due)


def test_a_task_that_waits_is_sent_again_once(releases: Releases) -> None:
    """A waiting task's message is sent once more, and the task is then known to be queued."""
    waiting = releases.wait(3)
    releaser = releases.releaser()
    assert [releaser.send_unsent() for _ in range(2)] == [3, 0]
    assert releases.queue.sent == Counter(waiting)


def test_behind_a_backlog_only_overtaken_tasks_are_sent_again(releases: Releases, per_pass: int) -> None:
    """Overtaken tasks are sent again first, and later all others, a limited number in each pass."""
    overtaken = releases.wait(2)
    later = NOON + timedelta(minutes=1)
    processed, *waiting = releases.wait(per_pass + 1, at=later)
    releases.begin(processed)
    soon = replace(releases.releaser(), now=lambda: later + timedelta(minutes=1))
    assert [soon.send_unsent() for _ in range(2)] == [2, 0]
    assert releases.queue.sent == Counter(overtaken)
    late = releases.releaser()
    assert late.send_unsent() == per_pass
    assert releases.queue.sent == Counter([*overtaken, *waiting])


def test_when_nothing_is_processed_all_that_wait_are_sent_again(releases: Releases, per_pass: int) -> None:
    """After an outage of the queue, the messages of all waiting tasks are sent again."""
    waiting = releases.wait(per_pass + 1)
    releaser = replace(releases.releaser(), now=lambda: NOON + timedelta(minutes=1))
    assert [releaser.send_unsent() for _ in range(3)] == [per_pass, 1, 0]
    assert releases.queue.sent == Counter(waiting)


def test_what_came_due_in_an_outage_is_released_after_it(releases: Releases, per_pass: int) -> None:
    """A pass without the table releases nothing and does no harm; the next one catches up."""
    due = releases.schedule(per_pass // 2)
    releaser = releases.releaser()
    releases.client.away = True
    assert releaser.release().released == 0
    releases.client.away = False
    assert releaser.release().released == len(due)
    assert releases.queue.sent == Counter(due)


def test_those_that_waited_for_a_circuit_follow_at_a_pace(releases: Releases) -> None:
    """After a circuit closes, each pass releases a bounded number of the tasks parked for it."""
    parked = releases.park(MAX_PER_CIRCUIT_AND_PASS + 5)
    releaser = releases.releaser()
    assert [releaser.release().released for _ in range(3)] == [MAX_PER_CIRCUIT_AND_PASS, 5, 0]
    assert releases.queue.sent == Counter(parked)


def test_tasks_of_a_paused_kind_wait_and_then_follow_at_a_pace(releases: Releases) -> None:
    """Tasks of a paused kind are released only after the pause, some in each pass, with all attempts."""
    parked = releases.park_for_pause(MAX_PER_CIRCUIT_AND_PASS + 5)
    releaser = releases.releaser()
    assert releaser.is_needed()
    assert releaser.release().released == 0
    releases.resume()
    assert not releases.holds.lift(kind_key("echo"), at=an_hour_later())
    assert [releaser.release().released for _ in range(3)] == [MAX_PER_CIRCUIT_AND_PASS, 5, 0]
    assert releases.queue.sent == Counter(parked)
    first = releases.table.get(parked[0])
    assert first is not None
    assert (first.status, first.attempts) == ("QUEUED", 0)
    assert [entry.parked_for for entry in first.history] == [None, "PAUSE", None, None]


def test_tasks_of_a_resumed_kind_wait_until_all_have_noticed(releases: Releases) -> None:
    """Tasks of a resumed kind are released once no environment can have a stale view of the pause."""
    [parked] = releases.park_for_pause(1)
    at = an_hour_later()
    assert releases.holds.lift(kind_key("echo"), at=at)
    just = replace(releases.releaser(), now=lambda: at + timedelta(seconds=NOTICED_WITHIN_SECONDS - 0.1))
    assert just.release().released == 0
    later = replace(just, now=lambda: at + timedelta(seconds=NOTICED_WITHIN_SECONDS))
    assert later.release().released == 1
    assert releases.queue.sent == Counter([parked])


def test_a_repeated_pause_keeps_its_beginning_and_has_the_new_reason(releases: Releases) -> None:
    first = releases.holds.begin(kind_key("echo"), reason="one", by=Requester(), at=NOON)
    again = releases.holds.begin(
        kind_key("echo"), reason=None, by=Requester(principal="p"), at=an_hour_later()
    )
    assert (first.since, first.reason) == (NOON, "one")
    assert (again.since, again.reason, again.by) == (NOON, None, Requester(principal="p"))
    assert releases.holds.current() == {"kind/echo": again}


def test_tasks_wait_for_a_circuit_that_is_held_open(releases: Releases) -> None:
    """Tasks wait for a circuit that is held open, even after its recovery time."""
    [parked] = releases.park(1)
    releaser = releases.releaser()
    releases.holds.begin(circuit_key("a.example"), reason=None, by=Requester(), at=an_hour_later())
    assert releaser.release().released == 0
    assert releases.holds.lift(circuit_key("a.example"), at=an_hour_later())
    assert releaser.release().released == 1
    assert releases.queue.sent == Counter([parked])


def test_a_retry_is_released_when_it_is_due(releases: Releases) -> None:
    """A retry is released when due, even if an outdated index has the time of an earlier retry."""
    due, early = releases.park_until_retry(1800), releases.park_until_retry(7200)
    releaser = releases.releaser()
    assert releaser.release().released == 1
    assert releases.queue.sent == Counter([due])
    task = releases.table.get(due)
    assert task is not None
    assert (task.status, task.attempts, task.trips) == ("QUEUED", 1, 1)

    index: Any = AnyTime([early])
    assert replace(releaser, index=index).release().released == 0
    assert releases.queue.sent == Counter([due])
