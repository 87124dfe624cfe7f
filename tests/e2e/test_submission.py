"""POST /tasks: accepted, repeated and refused submissions."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh


def test_an_accepted_task_has_a_location(stack: Stack) -> None:
    """A 202 has the task's id, state and URL, and the request's correlation id."""
    task_id = fresh("located")
    answer = stack.api.call(
        "POST",
        "/tasks",
        json={"taskId": task_id, "payload": {}, "simulate": {}},
        headers={"X-Correlation-Id": "order-4711"},
    )
    assert answer.status == 202, answer.problem()
    assert answer.body["taskId"] == task_id
    assert answer.body["status"] in ("QUEUED", "PROCESSING", "SUCCEEDED")  # it may be as fast as the answer
    assert answer.headers["X-Correlation-Id"] == "order-4711"
    task = stack.api.call("GET", f"/{answer.headers['Location']}").body
    assert task["taskId"] == task_id
    assert task["correlationId"] == "order-4711"
    assert task["submittedAt"] == answer.body["submittedAt"]


def test_a_task_without_an_id_gets_one(stack: Stack) -> None:
    """Each submission without a `taskId` is a new task with a UUIDv7 as its id."""
    first, second = stack.accepted(), stack.accepted()
    assert first != second
    assert first[14] == "7"


def test_the_same_submission_at_once_is_one_task(stack: Stack, sink: Sink) -> None:
    """Of 20 identical submissions at once, one creates the task, and the work is done once."""
    submission = {
        "taskId": fresh("twin"),
        "type": "http.request",
        "payload": {"url": sink.url},
        "simulate": {},
    }
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: stack.api.submit(submission), range(20)))
    assert sorted(answer.status for answer in answers) == [200] * 19 + [202]
    assert len({answer.body["submittedAt"] for answer in answers}) == 1
    task = stack.ended(str(submission["taskId"]))
    assert task["status"] == "SUCCEEDED"
    assert task["attempts"] == 1
    assert sink.effects() == {f"{task['taskId']}:0": 1}
    late = stack.api.submit(submission)
    assert (late.status, late.body["status"]) == (200, "SUCCEEDED")


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"n": 2}},
        {"type": "http.request", "payload": {"url": "http://127.0.0.1:9/"}},
        {"orderingKey": "k"},
        {"tags": ["urgent"]},
        {"simulate": {"latencyMs": 1}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_task_of_the_same_id_is_a_conflict(stack: Stack, change: dict[str, Any]) -> None:
    """A different task with an existing id is refused, and the first task is unchanged."""
    task_id = fresh("taken")
    stack.accepted(taskId=task_id, payload={"n": 1})
    answer = stack.submit(**{"taskId": task_id, "payload": {"n": 1}} | change)
    assert answer.status == 409
    assert answer.body["type"] == "urn:faultline:problem:task-id-taken"
    assert [error["field"] for error in answer.body["errors"]] == ["taskId"]
    assert stack.ended(task_id)["payload"] == {"n": 1}


BODY_PROBLEMS: dict[str, tuple[bytes, int, set[str]]] = {
    "empty": (b"", 400, {"body"}),
    "not JSON": (b"{", 400, {"body"}),
    "a list": (b"[]", 400, {"body"}),
    "a string": (b'"task"', 400, {"body"}),
    "NaN": (b'{"payload": {"x": NaN}}', 400, {"body"}),
    "a number past a double": (b'{"payload": {"x": 1e999}}', 400, {"body"}),
    "a repeated key": (b'{"payload": {}, "payload": {}}', 400, {"body"}),
    "a lone surrogate": (b'{"payload": {"x": "\\ud800"}}', 400, {"body"}),
    "nested too deeply": (b'{"payload": {"x": %s}}' % (b"[" * 200 + b"]" * 200), 400, {"body"}),
    "a payload nested too deeply": (b'{"payload": {"x": %s}}' % (b"[" * 70 + b"]" * 70), 400, {"payload"}),
    "no payload": (b"{}", 400, {"payload"}),
    "a payload that is none": (b'{"payload": []}', 400, {"payload"}),
    "a bad id": (b'{"taskId": "a b", "payload": {}}', 400, {"taskId"}),
    "a long id": (b'{"taskId": "%s", "payload": {}}' % (b"x" * 129), 400, {"taskId"}),
    "an unknown field": (b'{"payload": {}, "colour": 1}', 400, {"colour"}),
    "an unknown type": (b'{"payload": {}, "type": "nothing"}', 400, {"type"}),
    "snake case": (b'{"payload": {}, "task_id": "x"}', 400, {"task_id"}),
    "every offending field": (
        b'{"taskId": "", "type": 1, "orderingKey": "a/b", "simulate": {"failures": -1, "error": "BAD"}}',
        400,
        {"taskId", "type", "orderingKey", "simulate.failures", "simulate.error", "payload"},
    ),
    "a payload its kind refuses": (
        b'{"type": "http.request", "payload": {"url": "ftp://x", "method": "BREW", "headers": {"Host": ""}}}',
        400,
        {"payload.url", "payload.method", "payload.headers"},
    ),
    "fields of the body and of the payload at once": (
        b'{"taskId": "", "type": "http.request", "payload": {"timeoutSeconds": 0}}',
        400,
        {"taskId", "payload.url", "payload.timeoutSeconds"},
    ),
    "an id that is reserved": (b'{"taskId": "message:1", "payload": {}}', 400, {"taskId"}),
    "a payload too large": (b'{"payload": {"x": "%s"}}' % (b"x" * 2_100_000), 413, {"payload"}),
}


@pytest.mark.parametrize(("body", "status", "fields"), BODY_PROBLEMS.values(), ids=BODY_PROBLEMS)
def test_a_bad_body_is_refused_with_its_fields(
    stack: Stack, body: bytes, status: int, fields: set[str]
) -> None:
    """Every kind of bad body gets a problem that names all offending fields."""
    answer = stack.api.call("POST", "/tasks", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer.problem()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["requestId"]
    assert {error["field"] for error in answer.body["errors"]} == fields


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_of_another_type_is_refused(stack: Stack, content_type: str | None) -> None:
    """A body that is not declared as JSON is refused with a 415."""
    answer = stack.api.call("POST", "/tasks", data=b"{}", headers={"Content-Type": content_type})
    assert answer.status == 415, answer.problem()
    assert answer.body["type"] == "urn:faultline:problem:unsupported-media-type"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/tasks/there-is-none", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/tasks", 404),
        ("GET", "/tasks?limit=0", 400),
        ("GET", "/tasks?limit=101", 400),
        ("GET", "/tasks?limit=many", 400),
        ("GET", "/tasks?status=LOST", 400),
        ("GET", "/tasks?nextToken=bogus", 400),
        ("GET", "/tasks/a%20b", 400),
    ],
)
def test_a_bad_request_is_answered_with_a_problem(stack: Stack, method: str, path: str, status: int) -> None:
    """Unknown routes, unknown tasks and invalid parameters are answered with a problem."""
    answer = stack.api.call(method, path)
    assert answer.status == status, answer.problem()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "detail", "requestId"} <= answer.body.keys()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/tasks/there-is-none/run"), ("DELETE", "/tasks/there-is-none"), ("GET", "/stats")],
)
def test_a_body_where_a_call_has_none(stack: Stack, method: str, path: str) -> None:
    """A body is refused by a call that has none, unless it says nothing."""
    for body in (b'{"now": true}', b"{nonsense"):
        answer = stack.api.call(method, path, data=body, headers={"Content-Type": "application/json"})
        assert answer.status == 400, answer.problem()
        assert [error["field"] for error in answer.body["errors"]] == ["body"]
    for nothing in (b"{}", b"", None):
        answer = stack.api.call(method, path, data=nothing, headers={"Content-Type": "application/json"})
        assert answer.status == (200 if method == "GET" else 404), answer.problem()
