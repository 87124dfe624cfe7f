"""The marks of circuits and kinds that tasks are parked for, on real tables."""

import time
from collections.abc import Iterator

import pytest

from lambdas.domain.requester import Requester
from lambdas.store import parked_marks
from lambdas.store.waiting_keys import kind_key
from sandbox.process.state_file import Sandbox
from tests.chaos.releases import Releases, an_hour_later, releases_on


@pytest.fixture
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


def mark_as_old(releases: Releases, id: str, name: str) -> None:
    """Make a mark look as if it had not been renewed for a long time."""
    releases.client.update_item(
        TableName=releases.circuits._table_name,
        Key={"id": {"S": id}, "name": {"S": name}},
        UpdateExpression="SET lastParkedAt = :long_ago",
        ExpressionAttributeValues={":long_ago": {"N": "0"}},
    )


def test_a_pause_is_forgotten_when_it_is_over_and_no_task_waits(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause's record is deleted once the pause is over and no task can still be parked for it."""
    releaser = releases.releaser()
    releases.holds.begin(kind_key("echo"), reason=None, by=Requester(), at=an_hour_later())
    releaser.release()
    assert [*releases.holds.current()] == ["kind/echo"]
    releases.resume()
    releases.holds.note_parked("echo")
    releaser.release()
    assert [hold.key for hold in releases.holds.read()] == ["kind/echo"]
    mark_as_old(releases, "hold", "kind/echo")
    monkeypatch.setattr(parked_marks, "LOOK_EVERY_SECONDS", 0)
    releaser.release()
    assert [*releases.holds.read()] == []


@pytest.mark.parametrize("of", ["circuit", "kind"])
def test_a_mark_without_parked_tasks_is_checked_less_often(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    """A circuit or kind that had no tasks is skipped for a few seconds, unless its mark is renewed."""
    releaser = releases.releaser()

    def park() -> None:
        if of == "circuit":
            releases.park(1)
        else:
            releases.park_for_pause(1)
            releases.resume()

    def mark_is_old() -> None:
        mark_as_old(releases, *(("parked", "a.example") if of == "circuit" else ("hold", "kind/echo")))

    park()
    assert [releaser.release().released, releaser.release().released] == [1, 0]
    mark_is_old()
    park()  # by an environment that renewed the mark a moment ago
    assert releaser.release().released == 0

    monkeypatch.setattr(parked_marks, "LOOK_EVERY_SECONDS", 0)
    assert releaser.release().released == 1
    assert releaser.release().released == 0
    monkeypatch.setattr(parked_marks, "LOOK_EVERY_SECONDS", 10**12)
    for each in (releases.circuits, releases.holds):
        each._noted.clear()  # as another environment, which renews the mark
    park()
    assert releaser.release().released == 1


def test_a_task_is_released_that_a_thawed_environment_parks(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment that Lambda froze for minutes renews the mark of a circuit before it parks a task.

    Its monotonic clock may have stood still, as here.
    """
    releaser = releases.releaser()
    monkeypatch.setattr(parked_marks, "LOOK_EVERY_SECONDS", 0)
    releases.park(1)
    assert releaser.release().released == 1
    mark_as_old(releases, "parked", "a.example")
    assert releaser.release().released == 0
    assert not [*releases.circuits.with_parked()]

    thawed_at = time.time() + 600
    monkeypatch.setattr(time, "time", lambda: thawed_at)
    releases.park(1)
    assert releaser.release().released == 1


def test_a_mark_does_not_rest_when_the_clock_was_set_back(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark that had no tasks by a clock that was an hour ahead is looked at again."""
    releaser = releases.releaser()
    releases.park(1)
    assert releaser.release().released == 1
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 3600)
    assert releaser.release().released == 0
    monkeypatch.undo()
    releases.circuits._noted.clear()  # as another environment, which renews the mark
    releases.park(1)
    assert releaser.release().released == 1


def test_a_thawed_environment_renews_the_mark_of_a_pause(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment that Lambda froze for minutes renews the mark of a pause before it parks a task."""
    releases.holds.note_parked("echo")
    thawed_at = time.time() + 600
    monkeypatch.setattr(time, "time", lambda: thawed_at)
    releases.holds.note_parked("echo")
    assert [hold.parked_at for hold in releases.holds.read()] == [int(thawed_at)]
