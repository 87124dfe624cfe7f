"""Submission of a body, and an assertion about the problem in an answer."""

from typing import Any

from lambdas.http.problems import ProblemType
from lambdas.http.security_headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from lambdas.submit_task.handler import app as submit_task
from tests.unit.http.gateway import Answer, request, send


def submit(body: str | None, **changes: Any) -> Answer:
    return send(submit_task, request("POST", "/tasks", body, **changes))


def assert_problem(answer: Answer, problem: ProblemType, *fields: str) -> None:
    assert answer.body["type"] == problem.uri
    assert answer.status == answer.body["status"] == problem.status
    assert answer.body["title"] == problem.title
    assert answer.body["requestId"] == "request-1"
    assert answer.headers["Content-Type"] == ["application/problem+json"]
    assert answer.fields == sorted(fields)
    for name, value in {**SECURITY_HEADERS, **CONTENT_SECURITY_POLICY}.items():
        assert answer.headers[name] == [value]
