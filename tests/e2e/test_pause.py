"""PUT and DELETE /kinds/{type}/pause: pausing and resuming a kind."""

import time
from collections.abc import Callable

import pytest

from lambdas.store.holds import NOTICED_WITHIN_SECONDS
from tests.e2e.stack import Stack, Task, fresh, statuses
from tests.eventually import eventually

PROBLEM = "urn:faultline:problem:not-found"


def parked_by_hold(stack: Stack, submit: Callable[[], str]) -> Task:
    """Submit tasks after a hold has begun until one is parked, and return that task.

    A task that is submitted after the time in which all environments notice the hold must be parked.
    """
    noticed_at = time.monotonic() + NOTICED_WITHIN_SECONDS

    def look() -> Task | None:
        is_noticed = time.monotonic() > noticed_at
        task_id = submit()
        status = eventually(
            lambda: found if (found := stack.status(task_id)) in ("PARKED", "SUCCEEDED") else None,
            what=f"{task_id} is parked or done",
        )
        assert status == "PARKED" or not is_noticed
        return stack.task(task_id) if status == "PARKED" else None

    return eventually(look, what="a task is parked", every=0.5)


@pytest.mark.alone  # tasks of other tests would wait as well
def test_tasks_of_a_paused_kind_wait_and_use_no_attempt(stack: Stack) -> None:
    """Tasks of a paused kind wait with the pause as the reason, and run once the kind is resumed."""
    paused = stack.api.pause("echo", reason="to look")
    try:
        assert paused.status == 200, paused.problem()
        assert stack.api.pause("echo", reason="to look").body == paused.body
        head = parked_by_hold(stack, lambda: stack.accepted(orderingKey=fresh("key")))
        follower = stack.accepted(orderingKey=head["orderingKey"])
        assert head["history"][-1]["waitsFor"] == "PAUSE"
        assert head["attempts"] == 0
        pause = paused.body["pause"]
        assert pause["reason"] == "to look"
        assert pause["by"]["sourceAddress"]
        kinds = {kind["name"]: kind for kind in stack.api.kinds().body["kinds"]}
        assert kinds["echo"]["pause"] == pause
        assert "pause" not in kinds["http.request"]
        assert {"name": "echo", **pause} in stack.api.stats("15m").body["pausedKinds"]
        refused = stack.api.run(head["taskId"])
        assert (refused.status, refused.body["type"]) == (409, "urn:faultline:problem:not-runnable")
        assert "paused" in refused.body["detail"]
        assert stack.becomes(follower, "PARKED")["attempts"] == 0
    finally:
        answers = [stack.api.resume("echo") for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(200, {"name": "echo"})] * 2
    ended = [stack.ended(task_id) for task_id in (head["taskId"], follower)]
    assert [(task["status"], task["attempts"]) for task in ended] == [("SUCCEEDED", 1)] * 2
    assert statuses(ended[0]) == ["PENDING", "PARKED", "PENDING", "PROCESSING", "SUCCEEDED"]


def test_a_kind_that_there_is_not_is_neither_paused_nor_resumed(stack: Stack) -> None:
    """Pausing or resuming an unknown kind gets a 404 that names the known kinds."""
    for answer in (stack.api.pause("nothing"), stack.api.resume("nothing")):
        assert (answer.status, answer.body["type"]) == (404, PROBLEM)
        assert "echo" in answer.body["detail"]
