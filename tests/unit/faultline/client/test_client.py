"""Both clients against a server on this machine."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import methodcaller
from typing import Any

import pytest

from faultline.client import (
    ApiProblem,
    ApiUnreachable,
    AsyncClient,
    Client,
    InvalidTaskId,
    Retries,
    Status,
    Task,
    TaskSummary,
    UnexpectedAnswer,
)
from lambdas.http.problems import ProblemType
from sandbox.process import ports
from tests.unit.faultline.client import server as servers
from tests.unit.faultline.client.server import NOTHING, Asked, Server

SOON = Retries(maximum_attempts=3, initial_interval=0.001, maximum_interval=0.01)
AT = "2026-01-31T12:00:00.000Z"
SUMMARY = {
    "taskId": "t",
    "type": "echo",
    "status": "SUCCEEDED",
    "attempts": 1,
    "maxAttempts": 5,
    "generation": 0,
    "correlationId": "c",
    "submittedAt": AT,
    "updatedAt": AT,
}
TASK = {**SUMMARY, "payload": {"a": None}, "result": None, "history": [{"at": AT, "status": "SUCCEEDED"}]}
RECEIPT = {"taskId": "t", "status": "QUEUED", "submittedAt": AT}
NOT_FOUND = {
    "type": ProblemType.NOT_FOUND.uri,
    "title": "There is nothing here",
    "status": 404,
    "detail": "There is no task t.",
    "requestId": "r",
    "errors": [{"field": "taskId", "message": "is none"}],
}

type Calls = Callable[[Any], Any]
type Calling = Callable[[Calls], Any]


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.running() as running:
        yield running


def by_client(url: str) -> Calling:
    def call(make: Calls) -> Any:
        with Client(url, "key", retries=SOON) as client:
            made = make(client)
            return list(made) if isinstance(made, Iterator) else made

    return call


def by_async_client(url: str) -> Calling:
    async def answer(make: Calls) -> Any:
        async with AsyncClient(url, "key", retries=SOON) as client:
            made = make(client)
            return [each async for each in made] if hasattr(made, "__aiter__") else await made

    return lambda make: asyncio.run(answer(make))


@pytest.fixture(params=[by_client, by_async_client], ids=["sync", "async"])
def call(request: pytest.FixtureRequest, server: Server) -> Calling:
    calling: Calling = request.param(server.url)
    return calling


def test_a_submission(server: Server, call: Calling) -> None:
    """It has what its caller says, as the API names it, and the key; None is not said."""
    server.says(202, RECEIPT)
    later = datetime(2026, 1, 31, 12, tzinfo=UTC)
    receipt = call(lambda c: c.submit({"a": 1}, type="echo", task_id="t", run_at=later, reference=None))
    assert (receipt.task_id, receipt.status, receipt.submitted_at) == ("t", Status.QUEUED, later)
    [asked] = server.asked
    assert (asked.method, asked.path, asked.headers["X-Api-Key"]) == ("POST", "/stage/tasks", "key")
    assert asked.body == {"taskId": "t", "type": "echo", "payload": {"a": 1}, "runAt": AT}


def test_a_submission_that_is_repeated_is_the_same(server: Server, call: Calling) -> None:
    """Also when nobody knows whether the first one arrived: it has an id, which the client made."""
    server.says(NOTHING)
    server.says(503, {}, Retry_After="0")
    server.says(200, RECEIPT)
    call(lambda c: c.submit())
    bodies = [each.body for each in server.asked]
    assert len(bodies) == 3
    assert bodies[0]["taskId"]
    assert bodies[0] == bodies[1] == bodies[2]
    server.asked.clear()
    call(lambda c: c.submit())
    assert server.asked[0].body["taskId"] != bodies[0]["taskId"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_errors_that_may_pass_are_waited_out(server: Server, call: Calling, status: int) -> None:
    server.says(status, {})
    server.says(200, TASK)
    assert call(lambda c: c.task("t")).status is Status.SUCCEEDED
    assert len(server.asked) == 2


def test_tries_end(server: Server, call: Calling) -> None:
    server.says(503, {"detail": "away"}, Retry_After="0")
    with pytest.raises(ApiProblem, match="HTTP 503: away") as raised:
        call(lambda c: c.task("t"))
    assert (len(server.asked), raised.value.retry_after) == (3, 0)
    server.asked.clear()
    server.answers[:] = [(NOTHING, None, {})]
    with pytest.raises(ApiUnreachable):
        call(lambda c: c.task("t"))
    assert len(server.asked) == 3


def test_a_problem_is_an_exception(server: Server, call: Calling) -> None:
    server.says(404, NOT_FOUND)
    with pytest.raises(ApiProblem) as raised:
        call(lambda c: c.task("t"))
    problem = raised.value
    assert str(problem) == "HTTP 404: There is no task t. (taskId: is none)"
    assert problem.is_a(ProblemType.NOT_FOUND)
    assert (problem.status, problem.title, problem.request_id) == (404, "There is nothing here", "r")
    assert [(each.field, each.message) for each in problem.errors] == [("taskId", "is none")]
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", ["<html>", [], {"errors": [1], "message": "no"}, {"errors": "x"}])
def test_what_is_no_problem_of_the_api_is_one_all_the_same(server: Server, call: Calling, body: Any) -> None:
    server.says(403, body)
    with pytest.raises(ApiProblem, match="HTTP 403: ") as raised:
        call(lambda c: c.task("t"))
    assert raised.value.type == "about:blank"
    assert not any(each.message for each in raised.value.errors)


@pytest.mark.parametrize("body", ["<html>", [], {"taskId": "t"}])
def test_an_answer_of_something_else(server: Server, call: Calling, body: Any) -> None:
    server.says(200, body)
    with pytest.raises(UnexpectedAnswer, match="GET /tasks/t is not answered so"):
        call(lambda c: c.task("t"))


def test_a_newer_api_may_say_more(server: Server, call: Calling) -> None:
    """Also within what is known."""
    count = {"value": 3, "atLeast": False, "new": 1}
    server.says(
        200,
        {
            "window": "1h",
            "since": AT,
            "until": AT,
            "counts": {"SUCCEEDED": count},
            "new": 1,
            "deadLetters": {"total": 0, "byCategory": {}, "byReason": [], "more": False, "new": 1},
            "openCircuits": [],
            "pausedKinds": [],
        },
    )
    assert call(lambda c: c.stats()).counts[Status.SUCCEEDED].value == 3


@pytest.mark.parametrize(
    ("make", "path"), [("cancel", "/stage/tasks/t"), ("redrive", "/stage/tasks/t/redrive")]
)
def test_what_is_not_repeatable_is_sent_again_only_if_it_was_not_seen(
    server: Server, call: Calling, make: str, path: str
) -> None:
    """A second redrive would be refused, and nobody would know that the first one was none."""
    server.says(429, {})
    server.says(202, TASK)
    assert call(lambda c: getattr(c, make)("t")).task_id == "t"
    assert [each.path for each in server.asked] == [path, path]
    for status, error in ((NOTHING, ApiUnreachable), (503, ApiProblem)):
        server.asked.clear()
        server.answers[:] = [(status, {}, {})]
        with pytest.raises(error):
            call(lambda c: getattr(c, make)("t"))
        assert len(server.asked) == 1


def test_a_list_is_read_page_by_page(server: Server, call: Calling) -> None:
    """An empty page is not the end."""
    server.says(200, {"tasks": [{**SUMMARY, "taskId": "1"}], "nextToken": "a"})
    server.says(200, {"tasks": [], "nextToken": "b"})
    server.says(200, {"tasks": [{**SUMMARY, "taskId": "2"}, {**SUMMARY, "taskId": "3"}]})
    after = datetime(2026, 1, 31, 12, tzinfo=UTC)
    found = call(lambda c: c.tasks(status=[Status.SUCCEEDED, "CANCELLED"], submitted_after=after))
    assert [each.task_id for each in found] == ["1", "2", "3"]
    assert {type(each) for each in found} == {TaskSummary}
    query = "status=SUCCEEDED&status=CANCELLED&submittedAfter=2026-01-31T12%3A00%3A00.000Z"
    assert [each.path for each in server.asked] == [
        f"/stage/tasks?{query}&view=summary&limit=100{token}"
        for token in ("", "&nextToken=a", "&nextToken=b")
    ]


def test_a_list_ends_at_its_limit(server: Server, call: Calling) -> None:
    server.says(200, {"tasks": [TASK, TASK], "nextToken": "a"})
    found = call(lambda c: c.whole_tasks(limit=4))
    assert [type(each) for each in found] == [Task] * 4
    assert found[0].payload == {"a": None}
    assert [each.path for each in server.asked] == [
        "/stage/tasks?view=full&limit=4",
        "/stage/tasks?view=full&limit=2&nextToken=a",
    ]


def test_pages_are_read_when_they_are_needed(server: Server) -> None:
    server.says(200, {"tasks": [SUMMARY], "nextToken": "a"})
    with Client(server.url) as client:
        found = client.tasks()
        assert server.asked == []
        next(found)
        assert len(server.asked) == 1


def test_it_waits_until_a_task_has_ended(server: Server, call: Calling) -> None:
    server.says(200, {**TASK, "status": "PROCESSING"})
    server.says(504, {})
    server.says(200, TASK)
    assert call(lambda c: c.wait("t", 20)).status is Status.SUCCEEDED
    assert server.asked[0].path == "/stage/tasks/t?waitSeconds=20"


def test_kinds(server: Server, call: Calling) -> None:
    retry = {"maximumAttempts": 3, "initialInterval": 1, "maximumInterval": 2, "jitter": 0.5}
    kind = {
        "name": "echo",
        "payload": {},
        "retry": retry,
        "retryOn": {},
        "longestSeconds": 60,
        "hasCircuits": False,
        "openCircuits": [],
    }
    server.says(200, {"kinds": [kind]})
    assert [each.name for each in call(lambda c: c.kinds())] == ["echo"]


def test_nobody_is_there() -> None:
    """Which is tried again for every call: nothing was sent."""
    url = f"http://127.0.0.1:{ports.free()}"
    for call in (by_client(url), by_async_client(url)):
        with pytest.raises(ApiUnreachable, match=f"{url} does not answer: ") as raised:
            call(lambda c: c.redrive("t"))
        assert not raised.value.sent


def test_what_is_no_id_is_not_sent(server: Server, call: Calling) -> None:
    for make in (methodcaller(name, "x/../y") for name in ("task", "cancel", "redrive", "wait")):
        with pytest.raises(InvalidTaskId, match="is no task id"):
            call(make)
    assert server.asked == []


def results_of(*statuses: int) -> Callable[[Asked], Any]:
    """Results of a batch's tasks, with these statuses; the last one for all that follow."""

    def answer(asked: Asked) -> Any:
        tasks, problem = asked.body["tasks"], {**NOT_FOUND, "detail": "no"}
        given = [*statuses, *[statuses[-1]] * len(tasks)]
        results = [
            {
                "taskId": task.get("taskId", "t"),
                "status": status,
                **({"state": "QUEUED"} if status < 300 else {"problem": problem}),
            }
            for task, status in zip(tasks, given, strict=False)
        ]
        return {"batchId": asked.body["batchId"], "results": results}

    return answer


def test_many_are_submitted_by_the_hundred(server: Server, call: Calling) -> None:
    server.says(202, results_of(202, 409, 202))
    tasks = [{"payload": {"n": n}, "task_id": str(n)} for n in range(250)]
    found = call(lambda c: c.submit_many(tasks))
    assert [each.task_id for each in found] == [str(n) for n in range(250)]
    refused = [place for place, each in enumerate(found) if each.problem]
    assert refused == [1, 101, 201]
    assert str(found[1].problem) == "HTTP 409: no (taskId: is none)"
    assert (found[0].created, found[0].state, found[1].state) == (True, Status.QUEUED, None)
    assert [len(each.body["tasks"]) for each in server.asked] == [100, 100, 50]
    assert server.asked[0].body["tasks"][7] == {"payload": {"n": 7}, "taskId": "7"}
    assert len({each.body["batchId"] for each in server.asked}) == 3


def test_few_large_ones_are_a_batch_too(server: Server, call: Calling) -> None:
    server.says(202, results_of(202))
    tasks = [{"payload": {"text": "x" * 1_200_000}} for _ in range(5)]
    assert len(call(lambda c: c.submit_many(tasks))) == 5
    assert [len(each.body["tasks"]) for each in server.asked] == [2, 2, 1]


def test_those_that_could_not_be_queued_are_submitted_again(server: Server, call: Calling) -> None:
    """By the same batch, whose others are then there already, which is not said of them."""
    server.says(202, results_of(202, 503, 400))
    server.says(202, results_of(200, 503, 400))
    server.says(202, results_of(200, 200, 400))
    found = call(lambda c: c.submit_batch("b", [{"payload": {}}] * 3))
    assert [(each.created, bool(each.problem)) for each in found] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert [each.body["batchId"] for each in server.asked] == ["b", "b", "b"]
    server.asked.clear()
    server.answers[:] = [(202, results_of(503), {})]
    [lost] = call(lambda c: c.submit_batch("b", [{"payload": {}}]))
    assert (len(server.asked), lost.problem.status) == (3, 503)


def test_a_batch(server: Server, call: Calling) -> None:
    server.says(200, {"batchId": "b", "total": 3, "counts": {"SUCCEEDED": 2}, "submittedAt": AT})
    assert call(lambda c: c.batch("a/../b")).counts == {Status.SUCCEEDED: 2}
    assert server.asked[0].path == "/stage/batches/a%2F..%2Fb"
