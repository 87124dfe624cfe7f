"""Ordering keys: tasks with the same key take effect in order, even if the first fails or waits."""

from datetime import datetime
from typing import Any

import pytest

from tests.e2e.alerts import Alerts
from tests.e2e.direct import opened
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, Task, fresh
from tests.eventually import eventually


def line(stack: Stack, sink: Sink, followers: int, **head: Any) -> list[str]:
    """Submit a task that blocks its key for a while, a head, and its followers; return their ids."""
    key = fresh("key")
    submissions = [{"simulate": {"latencyMs": 1500}}, head, *({} for _ in range(followers))]
    return [stack.delivers(sink.url, orderingKey=key, **each) for each in submissions]


def all_ended(stack: Stack, tasks: list[str]) -> list[Task]:
    return [stack.ended(task_id) for task_id in tasks]


def attempts(tasks: list[Task]) -> list[int]:
    return [task["attempts"] for task in tasks]


def ever(task: Task) -> set[str]:
    return {entry["status"] for entry in task["history"]}


def at(task: Task, status: str) -> datetime:
    """Return the time at which the task last entered a state."""
    return datetime.fromisoformat([each["at"] for each in task["history"] if each["status"] == status][-1])


def test_followers_wait_for_a_head_that_is_retried(stack: Stack, sink: Sink) -> None:
    """Four followers of a head that fails twice run right after it, in order and at first attempt.

    The first of them does not wait for the visibility timeout.
    """

    def is_prompt() -> bool:
        """Return whether a line moves on at once; on a busy machine another one is tried."""
        tasks = line(stack, sink, followers=4, simulate={"failures": 2})
        ended = all_ended(stack, tasks)
        assert [task["status"] for task in ended] == ["SUCCEEDED"] * 6
        assert attempts(ended) == [1, 3, 1, 1, 1, 1]
        assert [task_id for task_id in sink.order() if task_id in tasks] == tasks
        waited = (at(ended[2], "PROCESSING") - at(ended[1], "SUCCEEDED")).total_seconds()
        return waited < stack.settings.visibility_timeout_seconds - 2

    eventually(is_prompt, what="the first follower runs right after its head")


def test_followers_pass_a_head_that_dies(stack: Stack, sink: Sink, alerts: Alerts) -> None:
    """Followers of a dead-lettered head run in order, and succeed."""
    tasks = line(stack, sink, followers=3, simulate={"error": "SYSTEM"})
    ended = all_ended(stack, tasks)
    assert [task["status"] for task in ended] == ["SUCCEEDED", "DEAD_LETTERED", *["SUCCEEDED"] * 3]
    assert attempts(ended) == [1, 3, 1, 1, 1]
    assert sink.order() == [tasks[0], *tasks[2:]]
    alerts.first(tasks[1])
    for follower in ended[2:]:
        assert "DEAD_LETTERED" not in ever(follower)
        assert not alerts.of(follower["taskId"])


def test_followers_pass_a_retried_head_that_is_cancelled(stack: Stack, sink: Sink) -> None:
    """Followers of a head that waits for its retry run as soon as it is cancelled."""
    sink.answer(429, path="/later", retry_after=30)
    key = fresh("key")
    head = stack.delivers(f"{sink.url}later", orderingKey=key)
    followers = [stack.delivers(sink.url, orderingKey=key) for _ in range(3)]
    stack.becomes(head, "RETRYING")
    assert sink.order() == []
    assert stack.cancel(head).status == 202
    ended = all_ended(stack, followers)
    assert [task["status"] for task in ended] == ["SUCCEEDED"] * 3
    assert attempts(ended) == [1] * 3
    assert sink.order() == followers
    assert stack.task(head)["status"] == "CANCELLED"


def test_followers_pass_a_parked_head_that_is_cancelled(stack: Stack, sink: Sink, another_sink: Sink) -> None:
    """Followers of a head that waits for its circuit run as soon as it is cancelled."""
    opened(stack, sink)
    # It was parked before the head, so it probes the host.
    decoy = stack.delivers(sink.url)
    stack.becomes(decoy, "PARKED")
    key = fresh("key")
    head = stack.delivers(sink.url, orderingKey=key)
    followers = [stack.delivers(another_sink.url, orderingKey=key) for _ in range(3)]
    stack.becomes(head, "PARKED")
    assert another_sink.order() == []
    assert stack.cancel(head).status == 202
    ended = all_ended(stack, followers)
    assert [task["status"] for task in ended] == ["SUCCEEDED"] * 3
    assert attempts(ended) == [1] * 3
    assert another_sink.order() == followers
    sink.answer(200)
    assert stack.ended(decoy)["status"] == "SUCCEEDED"
    assert sink.order() == [decoy]


def test_a_parked_head_holds_its_followers_and_no_other_key(
    stack: Stack, sink: Sink, another_sink: Sink
) -> None:
    """Followers of a parked head wait, even if they need another host, while other keys continue.

    After the host has recovered, they run in order.
    """
    opened(stack, sink)
    key = fresh("key")
    # The order is checked at one sink, and the two tasks in the middle need a healthy host.
    hosts = [sink, another_sink, another_sink, sink]
    tasks = [stack.delivers(host.url, orderingKey=key) for host in hosts]
    others = [stack.delivers(another_sink.url, orderingKey=fresh("key")) for _ in range(2)]
    assert [task["status"] for task in all_ended(stack, others)] == ["SUCCEEDED"] * 2
    eventually(
        lambda: [stack.task(follower)["status"] for follower in tasks[1:]] == ["PARKED"] * 3,
        what="the followers are parked",
        every=0.1,
    )
    assert sink.order() == []
    assert sorted(another_sink.order()) == sorted(others)
    sink.answer(200)
    ended = all_ended(stack, tasks)
    assert [task["status"] for task in ended] == ["SUCCEEDED"] * 4
    assert attempts(ended)[1:] == [1] * 3
    effects = [each for each in (*sink.done(), *another_sink.done()) if each.task_id not in others]
    assert [each.task_id for each in sorted(effects, key=lambda each: each.at)] == tasks
    assert all("circuit" not in entry for task in ended[1:] for entry in task["history"])


@pytest.mark.alone
def test_followers_wait_for_a_head_that_crashes(stack: Stack, sink: Sink) -> None:
    """Followers of a head that crashes its function run in order, each at its first attempt."""
    tasks = line(stack, sink, followers=3, simulate={"crash": True, "failures": 1})
    ended = all_ended(stack, tasks)
    assert [task["status"] for task in ended] == ["SUCCEEDED"] * 5
    assert attempts(ended) == [1, 2, 1, 1, 1]
    assert sink.order() == tasks
