"""Batches at the HTTP edge: faults of the whole batch, and faults of single tasks."""

import json
from typing import Any

import pytest

from lambdas.http.problems import ProblemType
from lambdas.http.resolver import MAX_BODY_BYTES
from lambdas.submit_task.handler import app
from tests.unit.http.gateway import Answer, request, send
from tests.unit.http.submission import assert_problem

pytestmark = pytest.mark.usefixtures("environment")


def submit(body: Any, **changes: Any) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return send(app, request("POST", "/batches", text, **changes))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "tasks"),
        ({"tasks": []}, "tasks"),
        ({"tasks": [{"payload": {}}] * 101}, "tasks"),
        ({"tasks": [{"payload": {}}, 7]}, "tasks.1"),
        ({"tasks": {"payload": {}}}, "tasks"),
        ({"tasks": [{"payload": {}}], "more": 1}, "more"),
        ({"tasks": [{"payload": {}}], "callback": {"url": "ftp://a.example/"}}, "callback.url"),
        ({"tasks": [{"payload": {}}], "batchId": ""}, "batchId"),
        ({"tasks": [{"payload": {}}], "batchId": ".."}, "batchId"),
        ({"tasks": [{"payload": {}}], "batchId": "a/b"}, "batchId"),
        ({"tasks": [{"payload": {}}], "batchId": "x" * 121}, "batchId"),
        ({"tasks": [{"payload": {}}], "batchId": "callback:1"}, "batchId"),
        ({"tasks": [{"payload": {}, "taskId": "a"}], "batchId": "message:"}, "batchId"),
    ],
)
def test_what_is_no_batch(body: Any, field: str) -> None:
    assert_problem(submit(body), ProblemType.INVALID_REQUEST, field)


def test_a_batch_that_is_too_large() -> None:
    """A batch at the limit is valid, although there is no table to record it; a larger one is refused."""
    task = {"payload": {"text": "x" * 100_000}}
    assert_problem(submit({"tasks": [task] * 40}), ProblemType.UNAVAILABLE)
    assert_problem(submit({"tasks": [task] * 42}), ProblemType.TOO_LARGE, "body")
    assert_problem(submit(" " * (MAX_BODY_BYTES - 1) + "{}"), ProblemType.TOO_LARGE, "body")


def test_a_task_is_as_deep_in_a_batch_as_alone() -> None:
    """A payload may be nested 63 levels deep; a deeper one does not make the whole batch invalid."""
    deep: Any = {}
    for _ in range(63):
        deep = {"a": deep}
    assert_problem(submit({"tasks": [{"payload": deep["a"]}, {"payload": deep}]}), ProblemType.UNAVAILABLE)
    alone = send(app, request("POST", "/tasks", json.dumps({"payload": deep})))
    assert_problem(alone, ProblemType.INVALID_REQUEST, "payload")
    deeper = '{"a":' * 127 + "{}" + "}" * 127
    assert_problem(submit(f'{{"tasks": [{{"payload": {deeper}}}]}}'), ProblemType.INVALID_REQUEST, "body")


def test_a_batch_that_is_not_recorded_can_be_repeated() -> None:
    """The 503 for an unrecorded batch asks for a repetition with the same batchId."""
    answer = submit({"tasks": [{"payload": {}}]})
    assert_problem(answer, ProblemType.UNAVAILABLE)
    assert answer.headers["Retry-After"] == ["2"]
    assert "Submit it again with the same batchId." in answer.body["detail"]


def test_other_media_types_and_parameters() -> None:
    body = json.dumps({"tasks": [{"payload": {}}]})
    answer = submit(body, headers={"Content-Type": "text/plain"})
    assert_problem(answer, ProblemType.UNSUPPORTED_MEDIA_TYPE)
    assert_problem(submit(body, query={"waitSeconds": "1"}), ProblemType.INVALID_REQUEST, "waitSeconds")


@pytest.mark.parametrize("batch_id", ["%2e%2e", "a%20b", "x" * 121])
def test_what_is_no_id_of_a_batch(batch_id: str) -> None:
    assert send(app, request("GET", f"/batches/{batch_id}")).status in (400, 404)
