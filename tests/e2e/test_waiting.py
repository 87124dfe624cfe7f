"""`waitSeconds`: calls that are answered when the task has ended."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later


def test_a_submission_is_answered_with_the_ended_task(stack: Stack) -> None:
    """A waiting submission returns the ended task, even if an earlier call submitted it."""
    task_id, payload = fresh("awaited"), {"text": "x" * 20_000, "n": None}
    submission = {"taskId": task_id, "payload": payload, "simulate": {}}
    first = stack.api.submit(submission, wait_seconds=25)
    assert (first.status, first.body["status"]) == (200, "SUCCEEDED"), first.body
    assert first.body == stack.task(task_id)
    assert first.headers["Location"] == f"tasks/{task_id}"
    assert stack.api.submit(submission, wait_seconds=25).body == first.body
    assert stack.api.submit(submission).body.keys() == {"taskId", "status", "submittedAt"}
    dead = stack.api.submit({"payload": {}, "simulate": {"error": "VALIDATION"}}, wait_seconds=25)
    assert (dead.status, dead.body["status"]) == (200, "DEAD_LETTERED")


def test_a_wait_for_what_does_not_end_is_answered_as_usual(stack: Stack) -> None:
    task_id = fresh("later")
    submission = {"taskId": task_id, "payload": {}, "runAt": later(86400).isoformat()}
    answer = stack.api.submit(submission, wait_seconds=1)
    assert (answer.status, answer.body["status"]) == (202, "SCHEDULED")
    assert answer.body.keys() == {"taskId", "status", "submittedAt"}
    assert stack.api.submit(submission, wait_seconds=1).status == 200
    read = stack.api.task(task_id, wait_seconds=1)
    assert (read.status, read.body["status"]) == (200, "SCHEDULED")
    assert stack.cancel(task_id).status == 202


def test_all_who_wait_are_answered_when_the_task_ends(stack: Stack) -> None:
    """All waiting calls are answered when the task ends, here by its cancellation."""
    task_id = stack.accepted(taskId=fresh("awaited"), runAt=later(86400).isoformat())
    with ThreadPoolExecutor(4) as pool:
        waits = [pool.submit(stack.api.task, task_id, wait_seconds=25) for _ in range(4)]
        assert stack.cancel(task_id).status == 202
        assert [wait.result().body["status"] for wait in waits] == ["CANCELLED"] * 4


def test_a_wait_that_is_too_long_is_refused(stack: Stack) -> None:
    """An invalid `waitSeconds` is refused with a 400, and nothing is submitted."""
    task_id = fresh("refused")
    for wrong in ("26", "-1", "1.5", "x"):
        query = {"waitSeconds": wrong}
        for method, path, body in (("GET", "/tasks/any", None), ("POST", "/tasks", {"taskId": task_id})):
            sent = {**body, "payload": {}} if body else None
            answer = stack.api.call(method, path, params=query, json=sent)
            assert answer.status == 400, answer.body
            assert [error["field"] for error in answer.body["errors"]] == ["waitSeconds"]
    assert stack.api.task(task_id).status == 404
