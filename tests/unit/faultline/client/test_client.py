"""The synchronous and the asynchronous client against a local server."""

import math
import pickle
import socket
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from operator import methodcaller
from typing import Any

import pytest

from faultline.client import (
    ApiProblem,
    ApiUnreachable,
    Client,
    InvalidTaskId,
    MissingApiKey,
    Status,
    Task,
    TaskSummary,
    UnexpectedResponse,
)
from lambdas.http.problems import ProblemType
from sandbox.process import ports
from tests.unit.faultline.client.calling import (
    AT,
    NOT_FOUND,
    SUMMARY,
    TASK,
    Calling,
    by_async_client,
    by_client,
)
from tests.unit.faultline.client.server import NOTHING, Server


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
    assert (problem.status, problem.title, problem.request_id) == (404, "Not found", "r")
    assert [(each.field, each.message) for each in problem.errors] == [("taskId", "is none")]
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body", ["<html>\r\n<p>", [], {"errors": [1], "message": "no"}, {"errors": "x"}, {"detail": "a\nb"}]
)
def test_what_is_no_problem_of_the_api_is_one_all_the_same(server: Server, call: Calling, body: Any) -> None:
    server.says(403, body)
    with pytest.raises(ApiProblem, match=r"^HTTP 403: [^\r\n]+$") as raised:
        call(lambda c: c.task("t"))
    assert raised.value.type == "about:blank"
    assert not any(each.message for each in raised.value.errors)


@pytest.mark.parametrize("body", ["<html>", [], {"taskId": "t"}])
def test_an_answer_of_something_else(server: Server, call: Calling, body: Any) -> None:
    server.says(200, body)
    with pytest.raises(UnexpectedResponse, match="unexpected response to GET /tasks/t"):
        call(lambda c: c.task("t"))


def test_a_newer_api_may_say_more(server: Server, call: Calling) -> None:
    """Unknown fields in an answer are ignored, nested ones included."""
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
    ("make", "path"),
    [
        ("cancel", "/stage/tasks/t"),
        ("redrive", "/stage/tasks/t/redrive"),
        ("run", "/stage/tasks/t/run"),
    ],
)
def test_what_is_not_repeatable_is_sent_again_only_if_it_was_not_seen(
    server: Server, call: Calling, make: str, path: str
) -> None:
    """A call that is not idempotent is repeated only if the API refused it before processing it."""
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


def test_a_dead_letter_is_redriven_with_a_corrected_payload(server: Server, call: Calling) -> None:
    """A redrive sends the corrected payload, or none, so that the task keeps its own."""
    server.says(202, TASK)
    server.says(202, TASK)
    call(lambda c: c.redrive("t", payload={"a": None}))
    call(lambda c: c.redrive("t"))
    assert [each.body for each in server.asked] == [{"payload": {"a": None}}, None]


def test_an_empty_list_is_no_condition(server: Server, call: Calling) -> None:
    """A list of no states, which a URL cannot express, is refused instead of listing all tasks."""
    with pytest.raises(ValueError, match="status is an empty list"):
        call(lambda c: c.tasks(status=[]))
    assert not server.asked


@pytest.mark.parametrize("by", [by_client, by_async_client])
def test_a_server_that_is_silent_is_given_up(by: Callable[..., Calling]) -> None:
    """The client's timeout limits each request."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        call = by(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.5)
        with pytest.raises(ApiUnreachable) as raised:
            call(lambda c: c.cancel("t"))
    assert (raised.value.sent, raised.value.may_be_done) == (True, True)


@pytest.mark.parametrize(
    "error",
    [
        ApiProblem(409, {**NOT_FOUND, "detail": "no"}, retry_after=2),
        ApiProblem(502, "<html>"),
        ApiUnreachable("away", sent=False),
        UnexpectedResponse("what"),
        MissingApiKey("none"),
        InvalidTaskId("a/b"),
    ],
    ids=str,
)
def test_errors_can_be_copied(error: Exception) -> None:
    """Errors can be pickled, as between processes, and copied."""
    for other in (pickle.loads(pickle.dumps(error)), copy(error)):
        assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))


def test_a_list_is_read_page_by_page(server: Server, call: Calling) -> None:
    """A list is read until its last page, even past empty ones."""
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


def test_it_may_wait_without_an_end(server: Server, call: Calling) -> None:
    server.says(200, {**TASK, "status": "PROCESSING"})
    server.says(200, TASK)
    assert call(lambda c: c.wait("t", math.inf)).status is Status.SUCCEEDED
    assert [each.path for each in server.asked] == ["/stage/tasks/t?waitSeconds=25"] * 2


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


def test_a_kind_is_paused_and_resumed(server: Server, call: Calling) -> None:
    """Pausing and resuming a kind are repeated after failures, since both are idempotent."""
    server.says(NOTHING)
    server.says(200, {"name": "echo", "pause": {"since": AT, "reason": "r"}})
    paused = call(lambda c: c.pause("e/..", reason="r"))
    assert (paused.name, paused.pause.reason) == ("echo", "r")
    call(lambda c: c.pause("echo"))
    server.answers[:] = [(503, {}, {}), (200, {"name": "echo"}, {})]
    assert call(lambda c: c.resume("e/..")).pause is None
    assert [(each.method, each.path, each.body) for each in server.asked] == [
        *[("PUT", "/stage/kinds/e%2F../pause", {"reason": "r"})] * 2,
        ("PUT", "/stage/kinds/echo/pause", {}),
        *[("DELETE", "/stage/kinds/e%2F../pause", None)] * 2,
    ]


def test_nobody_is_there() -> None:
    """A refused connection raises ApiUnreachable, marked as not sent."""
    url = f"http://127.0.0.1:{ports.free()}"
    for call in (by_client(url), by_async_client(url)):
        with pytest.raises(ApiUnreachable, match=f"{url} does not answer: ") as raised:
            call(lambda c: c.redrive("t"))
        assert (raised.value.sent, raised.value.may_be_done) == (False, False)


def test_what_is_no_id_is_not_sent(server: Server, call: Calling) -> None:
    for make in (methodcaller(name, "x/../y") for name in ("task", "cancel", "redrive", "run", "wait")):
        with pytest.raises(InvalidTaskId, match="is not a task id"):
            call(make)
    assert server.asked == []
