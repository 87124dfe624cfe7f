"""Scheduled tasks, and tasks whose message was never sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.direct import recorded
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, statuses


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_scheduled_task_runs_when_its_time_has_come(stack: Stack, sink: Sink) -> None:
    """A task with `runAt` is SCHEDULED, and runs soon after that time."""
    run_at = later(5)
    answer = stack.submit(type="http.request", payload={"url": sink.url}, runAt=run_at.isoformat())
    assert (answer.status, answer.body["status"]) == (202, "SCHEDULED")
    task = stack.ended(answer.body["taskId"])
    assert statuses(task) == ["SCHEDULED", "PENDING", "PROCESSING", "SUCCEEDED"]
    assert datetime.fromisoformat(task["runAt"]) == run_at.replace(
        microsecond=run_at.microsecond // 1000 * 1000
    )
    [effect] = sink.done()
    assert effect.at >= run_at


def test_a_time_of_the_past_is_at_once(stack: Stack, sink: Sink) -> None:
    """A task whose `runAt` has passed runs at once."""
    task = stack.ended(stack.delivers(sink.url, runAt=later(-60).isoformat()))
    assert statuses(task) == ["PENDING", "PROCESSING", "SUCCEEDED"]
    assert sink.effects() == {f"{task['taskId']}:0": 1}


@pytest.mark.parametrize(
    "run_at",
    ["2030-01-01T00:00:00", 1893456000, "2027", "0001-01-01T00:00:00+23:59", later(367 * 86400).isoformat()],
    ids=["naive", "a number", "a year", "outside the calendar", "too far ahead"],
)
def test_a_time_that_is_none_is_refused(stack: Stack, run_at: object) -> None:
    """An invalid `runAt`, or one over 366 days ahead, is refused with a 400 that names the field."""
    answer = stack.submit(runAt=run_at)
    assert answer.status == 400, answer.problem()
    assert [error["field"] for error in answer.body["errors"]] == ["runAt"]


def test_a_scheduled_task_that_is_cancelled_never_runs(stack: Stack, sink: Sink) -> None:
    """A scheduled task that was cancelled is not run when its time comes."""
    cancelled = stack.delivers(sink.url, runAt=later(5).isoformat())
    assert stack.cancel(cancelled).status == 202
    control = stack.delivers(sink.url, runAt=later(5.5).isoformat())
    assert stack.ended(control)["status"] == "SUCCEEDED"
    assert statuses(stack.task(cancelled)) == ["SCHEDULED", "CANCELLED"]
    assert sink.order() == [control]


def test_a_task_that_was_never_sent_is_sent_by_itself(stack: Stack, sink: Sink) -> None:
    """A message that was never sent is sent later, without the client."""
    task_id = recorded(stack, type="http.request", payload={"url": sink.url})
    assert stack.task(task_id)["status"] == "PENDING"
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)
    assert sink.order() == [task_id]


def test_passes_at_once_release_a_task_once(stack: Stack, sink: Sink) -> None:
    """Only one of several simultaneous runs of release_tasks releases a task."""
    run_at = later(4)
    tasks = [stack.delivers(sink.url, runAt=run_at.isoformat()) for _ in range(5)]
    with ThreadPoolExecutor(4) as passes:
        # The passes continue until the tasks are due and released.
        list(passes.map(lambda _: stack.invoke("release_tasks", {"forSeconds": 5}), range(4)))
    ended = [stack.ended(task_id) for task_id in tasks]
    assert [statuses(task) for task in ended] == [["SCHEDULED", "PENDING", "PROCESSING", "SUCCEEDED"]] * 5
    assert [releases(stack, task) for task in ended] == [1] * 5
    assert sink.effects() == {f"{task_id}:0": 1 for task_id in tasks}


def releases(stack: Stack, task: dict[str, Any]) -> int:
    """Return the number of times that a task was released."""
    table = stack.session.resource("dynamodb").Table(stack.outputs.task_table_name)
    return int(str(table.get_item(Key={"taskId": task["taskId"]})["Item"]["releases"]))
