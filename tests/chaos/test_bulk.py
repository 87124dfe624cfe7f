"""Bulk calls on a real table: bounded, repeatable, and safe when concurrent."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.http.problems import ApiError
from lambdas.http.task_selection import Filter
from lambdas.manage_tasks import bulk as module
from lambdas.manage_tasks.bulk_call import Acted, BulkCall
from lambdas.manage_tasks.redrive import Redriver
from lambdas.store.snapshot import Snapshot
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import Died, Fate, MortalClient
from tests.chaos.bulk import NOON, Counting, World, acted, clock, dead_letter, written
from tests.chaos.table import bare_table

_numbers = itertools.count()


@pytest.fixture
def world(sandbox: Sandbox) -> Iterator[World]:
    with bare_table(sandbox, f"bulk-{next(_numbers)}") as bare:
        yield World(bare=bare, client=Counting(bare.client))


def where(**conditions: Any) -> Filter:
    return Filter().model_copy(update=conditions)


def repeated(make: Callable[[], BulkCall], *, limit: int = 100, token: str | None = None) -> list[Acted]:
    """Repeat the call with the returned token until there are no more tasks."""
    found = list[Acted]()
    while not found or found[-1].outcome.more:
        found.append(acted(make(), limit=limit, token=token))
        token = found[-1].next.written()
    return found


def test_those_that_are_not_asked_for_are_not_read(world: World) -> None:
    """Tasks that do not match the filter are not read; the index alone selects those that do."""
    categories = [Category.NETWORK] * 220 + [Category.UNKNOWN] * 3
    written(world.bare, (dead_letter(number, category=each) for number, each in enumerate(categories)))

    done = acted(world.redrives(where(category=Category.UNKNOWN)), limit=2)

    assert (done.outcome.done, done.outcome.more) == (2, True)
    assert world.queue.sent == ["task-00220", "task-00221"]
    assert world.client.calls["batch_get_item"] == 0
    assert world.client.calls["get_item"] == 2


def test_many_are_redriven_by_calls_that_go_on_from_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call reads a bounded number of entries, and all together read each entry about once."""
    monkeypatch.setattr(module, "MAX_ENTRIES", 80)
    # Matching tasks come last, so that calls find none at first.
    categories = [Category.NETWORK] * 280 + [Category.UNKNOWN] * 40
    written(world.bare, (dead_letter(number, category=each) for number, each in enumerate(categories)))
    call = world.redrives(where(category=Category.UNKNOWN))
    calls, token = list[Acted](), None
    while not calls or calls[-1].outcome.more:
        world.client.calls.clear()
        calls.append(acted(call, limit=12, token=token))
        token = calls[-1].next.written()
        # A page from each of 8 shards, and second pages from some. A redrive takes a read and two writes.
        assert world.client.calls["query"] <= 16
        assert world.client.calls["get_item"] == calls[-1].outcome.done <= 12
        assert world.client.calls["update_item"] == 2 * calls[-1].outcome.done
    assert [each.outcome.done for each in calls] == [0, 0, 0, 12, 12, 12, 4]
    assert world.queue.sent == [f"task-{number:05}" for number in range(280, 320)]


# Redriving a task takes three calls: a read and two writes.
@pytest.mark.parametrize("calls", [9, 10, 11])
@pytest.mark.parametrize("made", [False, True], ids=["before", "after"])
def test_an_interrupted_call_is_repeated(world: World, calls: int, made: bool) -> None:
    """Each task is redriven once, at whichever step the function dies without an answer.

    Tasks that were redriven and have died again are left, since the repetition carries the time of the first
    call.
    """
    dead = [dead_letter(number) for number in range(6)]
    written(world.bare, dead)
    given = where(died_before=clock())
    client: Any = MortalClient(world.bare.client, Fate(calls=calls, made=made))
    dying = World(bare=world.bare, client=_WithPages(client, world.bare.client), queue=world.queue)
    with pytest.raises(Died):
        acted(dying.redrives(given))
    assert 0 < len(world.queue.sent) < 6
    world.die_again()

    repeated(lambda: world.redrives(given), limit=2)

    assert world.generations(dead) == [1] * 6


class _WithPages:
    """A client whose reads of indexes are never interrupted."""

    def __init__(self, mortal: Any, client: Any) -> None:
        self._mortal, self.get_paginator = mortal, client.get_paginator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mortal, name)


def test_what_dies_again_is_left_by_the_calls_that_follow(world: World) -> None:
    """Later calls with the first one's token or filter skip tasks that have died again."""
    dead = [dead_letter(number) for number in range(4)]
    written(world.bare, dead)
    first = acted(world.redrives(Filter()), limit=1)
    world.die_again()
    by_token = acted(world.redrives(Filter()), limit=1, token=first.next.written())
    assert (by_token.filter, by_token.outcome.done) == (first.filter, 1)
    world.die_again()
    # From the start again, without the token.
    by_filter = acted(world.redrives(first.filter))
    assert (by_filter.outcome.done, by_filter.outcome.more) == (2, False)
    # And with both.
    assert acted(world.redrives(first.filter), token=first.next.written()).outcome.done == 0
    assert world.generations(dead) == [1] * 4


def test_two_calls_at_once_redrive_each_task_once(world: World) -> None:
    """Two concurrent calls never redrive or send a task twice."""
    dead = [dead_letter(number) for number in range(12)]
    written(world.bare, dead)
    given = where(died_before=clock())
    action = world.redriving()
    other = list[Acted]()

    def with_another(found: Snapshot) -> object:
        """After some reads, let another call redrive two tasks, possibly the one just read too."""
        if int(found.task.task_id[-1]) % 3 == 0:
            token = other[-1].next.written() if other else None
            other.append(acted(world.redrives(given), limit=2, token=token))
            world.die_again()
        return action.perform(found)

    done = acted(world.redrives(given, replace(action, perform=with_another)))

    assert done.outcome.done + sum(each.outcome.done for each in other) == 12
    assert all(each.outcome.done for each in (done, *other))
    assert not done.outcome.failed
    assert sorted(world.queue.sent) == [task.task_id for task in dead]
    assert world.generations(dead) == [1] * 12


def test_a_table_that_goes_away_ends_a_call_early(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that the table interrupts reports its progress, or fails if there is none."""
    dead = [dead_letter(number) for number in range(4)]
    written(world.bare, dead)
    redrive = Redriver.redrive

    def refusing(self: Redriver, task: Task, **rest: Any) -> Task:
        if task.task_id == dead[2].task_id:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")
        return redrive(self, task, **rest)

    monkeypatch.setattr(Redriver, "redrive", refusing)
    first = acted(world.redrives(Filter()))
    assert (first.outcome.done, first.outcome.more) == (2, True)
    with pytest.raises(ClientError):
        acted(world.redrives(Filter()), token=first.next.written())
    monkeypatch.undo()
    last = acted(world.redrives(Filter()), token=first.next.written())
    assert (last.outcome.done, last.outcome.more) == (2, False)


OTHER: dict[str, Any] = {"category": Category.UNKNOWN, "type": "Other", "message": "order 4711 is closed"}
FILTERS: list[tuple[Filter, set[int]]] = [
    (Filter(), {0, 1, 2, 3, 4, 5}),
    (where(task_ids=["task-00003", "task-00001", "none", "task-00001"]), {1, 3}),
    (where(task_ids=["task-00003", "task-00001"], category=Category.UNKNOWN), {1}),
    (where(status=[Status.DEAD_LETTERED]), {0, 1, 2, 3, 4, 5}),
    (where(type="http.request"), {5}),
    (where(category=Category.UNKNOWN), {1, 4}),
    (where(error_type="Other"), {1, 4}),
    (where(reason_group="order <n> is closed"), {1, 4}),
    (where(reason_group="order 4711 is closed"), set()),
    (where(ordering_key="key"), {2, 4}),
    (where(ordering_key="key", error_type="Other"), {4}),
    (where(reference="mine"), {3, 5}),
    (where(reference="mine", type="echo"), {3}),
    (where(tag="t"), {0, 3}),
    (where(submitted_after=NOON + timedelta(seconds=4)), {4, 5}),
    (where(submitted_before=NOON + timedelta(seconds=1)), {0}),
    (where(died_after=NOON + timedelta(minutes=2)), {2, 3}),
    (where(died_before=NOON + timedelta(minutes=2)), {0, 1, 4, 5}),
]


@pytest.fixture(scope="module")
def variety(sandbox: Sandbox) -> Iterator[World]:
    with bare_table(sandbox, "bulk-filters") as bare:
        late = NOON + timedelta(minutes=2)
        written(
            bare,
            [
                dead_letter(0, tags=["t"]),
                dead_letter(1, **OTHER),
                dead_letter(2, orderingKey="key", died=late),
                dead_letter(3, reference="mine", tags=["s", "t"], died=late),
                dead_letter(4, orderingKey="key", **OTHER),
                dead_letter(5, reference="mine").model_copy(update={"type": "http.request"}),
                dead_letter(6).model_copy(update={"task_id": "message:6"}),
                dead_letter(7, orderingKey="key", reference="mine").model_copy(
                    update={"status": Status.CANCELLED}
                ),
            ],
        )
        yield World(bare=bare, client=bare.client)


@pytest.mark.parametrize(("given", "expected"), FILTERS, ids=[str(given) for given, _ in FILTERS])
def test_a_filter_means_the_same_to_a_preview_and_to_a_call(
    variety: World, given: Filter, expected: set[int]
) -> None:
    """A filter selects the same tasks in a preview and in a call, on every index."""
    ids = [f"task-{number:05}" for number in sorted(expected)]
    preview = variety.redrives(given).preview(seconds=60)
    assert (preview["matched"], preview["done"], preview["more"]) == (len(expected), 0, False)
    assert [task["taskId"] for task in preview["sample"]] == ids[:5]
    found = list[str]()
    action = replace(variety.redriving(), perform=lambda each: found.append(each.task.task_id))
    for each in repeated(lambda: variety.redrives(given, action), limit=2):
        assert each.outcome.matched <= 2
    assert found == ids


def test_a_preview_counts_up_to_a_limit(variety: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_COUNTED", 3)
    preview = variety.redrives(Filter()).preview(seconds=60)
    assert (preview["matched"], preview["more"]) == (3, True)


def test_a_token_is_for_its_own_call(variety: World) -> None:
    """A token from another filter or kind of change is refused, like an invalid one."""
    action = replace(variety.redriving(), perform=lambda _: None)
    token = acted(variety.redrives(Filter(), action), limit=1).next.written()
    for given, text in ((where(type="echo"), token), (where(died_before=NOON), token), (Filter(), "x")):
        with pytest.raises(ApiError, match="nextToken"):
            acted(variety.redrives(given, action), token=text)
    cancels = replace(variety.redrives(Filter(), action), change="cancel")
    with pytest.raises(ApiError, match="nextToken"):
        acted(cancels, token=token)
