"""Ends with callbacks, on a real table, with functions that die at any point."""

import random
import string
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lambdas.application.callbacks import send_delivery
from lambdas.domain import strict_json
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.listing import TaskListing
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from lambdas.store.task_filter import TaskFilter
from lambdas.store.transition import Moved
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import Died, Fate, MortalClient
from tests.chaos.metered import Metered
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on
from tests.chaos.told import delivery_of

ERROR = TaskError.of(Category.SYSTEM, "Broken", "it broke")
LONG_URL = "https://a.example/" + "".join(random.Random(7).choices(string.ascii_letters, k=2000))


@pytest.fixture(scope="module")
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


def end(releases: Releases, task: Task, status: Status) -> Moved:
    """End a task by one write, as the functions do, at a new time for each call."""
    match status:
        case Status.SUCCEEDED:
            return releases.table.succeeded(task, {"paid": True}, at=an_hour_later())
        case Status.DEAD_LETTERED:
            return releases.table.dead_lettered(task, ERROR, at=an_hour_later())
        case Status.EXPIRED:
            return releases.table.expired(task, at=an_hour_later())
        case _:
            return releases.table.cancelled(task, at=an_hour_later())


def ready(releases: Releases, status: Status, **more: Any) -> Task:
    """Return a task that can end in a given state, claimed if necessary."""
    expires = {"expiresAt": "2026-01-01T12:30:00Z"} if status is Status.EXPIRED else {}
    task_id = releases.accept({"callback": {"url": "https://a.example/"}, **expires, **more})
    if status is not Status.SUCCEEDED:
        return read(releases, task_id)
    claimed = releases.table.claim(task_id, 0, claimant="c", at=NOON, lease_ends=an_hour_later())
    assert isinstance(claimed, Claimed)
    return claimed.task


def read(releases: Releases, task_id: str) -> Task:
    task = releases.table.get(task_id)
    assert task is not None
    return task


ENDS = [Status.SUCCEEDED, Status.DEAD_LETTERED, Status.CANCELLED, Status.EXPIRED]


@pytest.mark.parametrize("status", ENDS)
@pytest.mark.parametrize("made", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("calls", range(1, 4))
def test_a_function_that_ends_a_task_may_crash_at_any_call(
    releases: Releases, status: Status, calls: int, made: bool
) -> None:
    """An end and its delivery are one write; a message not sent before a death is sent later, once."""
    task = ready(releases, status)
    client: Any = MortalClient(releases.client, Fate(calls=calls, made=made))
    table = TaskTable(client, releases.table_name, releases.objects, retention=timedelta(days=1))
    mortal = replace(releases, client=client, table=table)
    with suppress(Died):
        send_delivery(mortal.releaser().dispatcher, end(mortal, task, status))
    ended = read(releases, task.task_id).status is status
    assert (delivery_of(releases.table, task, status) is not None) == ended

    # The next caller: a redelivery, a repeated request, or the next pass.
    moved = end(releases, task, status)
    assert moved.done == (not ended)
    send_delivery(releases.releaser().dispatcher, moved)
    delivery = delivery_of(releases.table, task, status)
    assert delivery is not None
    if releases.queue.sent[delivery.task_id] == 0:
        late = replace(releases.releaser(), now=lambda: an_hour_later() + timedelta(hours=1))
        late.send_unsent()
    assert releases.queue.sent[delivery.task_id] == 1


def test_each_end_has_a_callback(releases: Releases) -> None:
    """A task that ends three times, twice dead-lettered and then cancelled, has a delivery for each end."""
    task = ready(releases, Status.DEAD_LETTERED)
    assert end(releases, task, Status.DEAD_LETTERED).delivery is not None
    assert releases.table.redriven(read(releases, task.task_id), at=an_hour_later()).done
    assert end(releases, read(releases, task.task_id), Status.DEAD_LETTERED).delivery is not None
    assert end(releases, read(releases, task.task_id), Status.CANCELLED).delivery is not None
    for status, generation in ((Status.DEAD_LETTERED, 0), (Status.DEAD_LETTERED, 1), (Status.CANCELLED, 1)):
        delivery = delivery_of(releases.table, task, status, generation)
        assert delivery is not None
        body: Any = delivery.payload["body"]
        assert (body["status"], body["generation"]) == (status, generation)
        assert body["error"]["type"] == "Broken"


@pytest.mark.parametrize("status", ENDS)
def test_a_large_delivery_is_written_whole(releases: Releases, status: Status) -> None:
    """A large delivery's payload is a separate item, written in the same transaction."""
    task = ready(releases, status, callback={"url": LONG_URL})
    delivery = end(releases, task, status).delivery
    assert delivery is not None
    found = read(releases, delivery.task_id)
    assert found.payload_key is not None
    assert releases.table.with_payload(found).payload == delivery.payload
    assert delivery.payload["url"] == LONG_URL


@pytest.mark.parametrize("large", [False, True], ids=["in the record", "apart"])
def test_the_deepest_result_is_told(releases: Releases, large: bool) -> None:
    """A delivery contains a result of the maximum depth, and can be read, claimed and listed."""
    result: Any = [LONG_URL * large]
    while strict_json.depth(result) < strict_json.MAX_DEPTH:
        result = [result]
    task = ready(releases, Status.SUCCEEDED)
    delivery = releases.table.succeeded(task, result, at=an_hour_later()).delivery
    assert delivery is not None
    claimed = releases.table.claim(
        delivery.task_id, 0, claimant="c", at=an_hour_later(), lease_ends=an_hour_later()
    )
    assert isinstance(claimed, Claimed)
    body: Any = releases.table.with_payload(claimed.task).payload["body"]
    assert body["result"] == result
    client: Any = releases.client
    listed = TaskListing(client, releases.table_name, releases.objects).page(
        TaskFilter(reference=task.task_id), 1, None
    )
    assert [each.task_id for each in listed.tasks] == [delivery.task_id]


@pytest.mark.parametrize("callback", [{}, {"callback": {"url": "https://a.example/", "on": ["EXPIRED"]}}])
def test_an_end_that_is_not_told_costs_nothing_more(releases: Releases, callback: Any) -> None:
    """Ending a task takes a single update if no callback is due."""
    task_id = releases.accept(callback)
    claimed = releases.table.claim(task_id, 0, claimant="c", at=NOON, lease_ends=an_hour_later())
    assert isinstance(claimed, Claimed)
    meter = Metered(releases.client, releases.table_name)
    client: Any = meter
    table = TaskTable(client, releases.table_name, releases.objects, retention=timedelta(days=1))
    moved = table.succeeded(claimed.task, {"paid": True}, at=an_hour_later())
    assert moved.done
    assert moved.delivery is None
    assert meter.calls == ["update_item"]
    assert meter.units == 2
