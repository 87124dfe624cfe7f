"""GET /tasks: pages, newest first."""

from datetime import UTC, datetime
from typing import Any

from lambdas.domain.serialization import rfc3339
from lambdas.store.objects import MAX_IN_TABLE_BYTES
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later


def pages(stack: Stack, **query: Any) -> list[list[dict[str, Any]]]:
    found = []
    while True:
        answer = stack.api.tasks(**query)
        assert answer.status == 200, answer.problem()
        found.append(answer.body["tasks"])
        if "nextToken" not in answer.body:
            return found
        query["nextToken"] = answer.body["nextToken"]


def test_paging_finds_every_task_once_newest_first(stack: Stack) -> None:
    """All pages together have each task once, the newest submission first."""
    began = rfc3339(datetime.now(UTC))
    mine = [stack.accepted(taskId=fresh("listed")) for _ in range(12)]
    found = [task for page in pages(stack, submittedAfter=began, limit=7) for task in page]
    ids = [task["taskId"] for task in found]
    assert len(ids) == len(set(ids))
    assert [task_id for task_id in ids if task_id in mine] == mine[::-1]
    order = [(task["submittedAt"], task["taskId"]) for task in found]
    assert order == sorted(order, reverse=True)


def test_a_list_by_status_holds_no_other(stack: Stack) -> None:
    """A list by status pages through the tasks of that status alone."""
    began = rfc3339(datetime.now(UTC))
    done = {stack.accepted(taskId=fresh("done")) for _ in range(5)}
    dead = stack.accepted(taskId=fresh("dead"), simulate={"error": "VALIDATION"})
    for task_id in (*done, dead):
        stack.ended(task_id)
    succeeded = [
        task for page in pages(stack, status="SUCCEEDED", submittedAfter=began, limit=3) for task in page
    ]
    assert {task["status"] for task in succeeded} == {"SUCCEEDED"}
    assert done <= {task["taskId"] for task in succeeded}
    dead_lettered = [task for page in pages(stack, status="DEAD_LETTERED", limit=50) for task in page]
    assert dead in {task["taskId"] for task in dead_lettered}


def test_a_list_by_what_the_caller_knows(stack: Stack) -> None:
    """Lists can be filtered by reference, ordering key, tag, text, kind, category, status and time."""
    mark, other = fresh("mark"), fresh("other")
    dead = stack.accepted(
        reference=mark, tags=[mark[:40], "a"], simulate={"error": "VALIDATION"}, orderingKey=mark
    )
    done = stack.accepted(taskId=f"{mark}.done", reference=other, tags=["a", other[:40]])
    times = [stack.ended(task_id)["submittedAt"] for task_id in (dead, done)]

    def listed(**query: Any) -> list[str]:
        return [task["taskId"] for page in pages(stack, **query) for task in page]

    assert listed(reference=mark) == listed(orderingKey=mark) == listed(tag=mark[:40]) == [dead]
    assert listed(reference=mark, tag="a", category="VALIDATION", type="echo", text=mark) == [dead]
    assert listed(reference=mark, status=["SUCCEEDED", "QUEUED"]) == []
    assert listed(reference=mark, tag=other[:40]) == []
    assert listed(text=mark.upper()) == [done, dead]
    assert listed(text=mark, status=["SUCCEEDED", "DEAD_LETTERED"]) == [done, dead]
    assert listed(text=mark, status="SUCCEEDED") == [done]
    assert listed(text=mark, submittedAfter=times[1]) == [done]
    assert listed(text=mark, submittedBefore=times[1]) == [dead]
    assert listed(text=mark, category="NETWORK") == []


def test_a_list_has_summaries_unless_it_is_to_be_full(stack: Stack) -> None:
    """Lists have summaries by default: tasks without payload, result and history."""
    mark = fresh("viewed")
    task = stack.ended(stack.accepted(reference=mark, payload={"n": None}))
    assert pages(stack, reference=mark, view="full") == [[task]]
    summary = {name: value for name, value in task.items() if name not in {"payload", "result", "history"}}
    assert pages(stack, reference=mark) == pages(stack, reference=mark, view="summary") == [[summary]]


def test_a_token_of_another_list_is_refused(stack: Stack) -> None:
    """A token from one list is refused for a list with another filter."""
    for _ in range(2):
        stack.ended(stack.accepted())
    token = stack.api.tasks(status="SUCCEEDED", limit=1).body["nextToken"]
    answer = stack.api.tasks(status="DEAD_LETTERED", nextToken=token)
    assert answer.status == 400
    assert [error["field"] for error in answer.body["errors"]] == ["nextToken"]


def test_a_page_of_large_tasks_ends_before_it_is_too_large(stack: Stack) -> None:
    """A list of large payloads is split into several pages."""
    payload = {"text": "\u5931" * ((MAX_IN_TABLE_BYTES - 20) // 3)}
    run_at = later(86400).isoformat()
    mine = [stack.accepted(taskId=fresh("large"), payload=payload, runAt=run_at) for _ in range(28)]
    found = pages(stack, status="SCHEDULED", limit=28, view="full")
    listed = {task["taskId"]: task["payload"] for page in found for task in page}
    assert all(listed[task_id] == payload for task_id in mine)
    assert len(found) >= 2
    for task_id in mine:
        assert stack.cancel(task_id).status == 202
