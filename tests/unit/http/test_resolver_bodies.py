"""Bad bodies at the HTTP edge, each answered with its problem."""

import json
from base64 import b64encode
from typing import Any

import pytest

from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ProblemType
from lambdas.http.resolver import MAX_BODY_BYTES
from lambdas.submit_task.handler import app as submit_task
from tests.unit.http.gateway import request, send
from tests.unit.http.submission import assert_problem, submit

pytestmark = pytest.mark.usefixtures("environment")


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        " ",
        "[]",
        '"x"',
        "null",
        "7",
        "true",
        "{",
        "{}{}",
        "payload=x",
        "NaN",
        '{"payload": {"a": NaN}}',
        '{"payload": {"a": 1e999}}',
        '{"payload": {}, "payload": {}}',
        '{"payload": {"a": "\\ud800"}}',
        '{"payload": {"a": ' + "9" * 5000 + "}}",
        "[" * 100_000,
        '{"payload": ' + '{"a":' * 200 + "1" + "}" * 201,
    ],
    ids=lambda body: repr(body)[:40],
)
def test_a_body_that_is_no_json_object(body: str | None) -> None:
    """A body that is not an I-JSON object is refused with a 400 about the body."""
    assert_problem(submit(body), ProblemType.INVALID_REQUEST, "body")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["payload"]),
        ({"payload": []}, ["payload"]),
        ({"payload": None}, ["payload"]),
        ({"payload": {}, "taskId": "a b"}, ["taskId"]),
        ({"payload": {}, "task_id": "a"}, ["task_id"]),
        ({"taskId": "a b", "unknown": 1}, ["payload", "taskId", "unknown"]),
        ({"payload": {}, "orderingKey": "", "simulate": []}, ["orderingKey", "simulate"]),
        (
            {"payload": {}, "simulate": {"failures": -1, "crash": 1, "x": 1}},
            ["simulate.failures", "simulate.crash", "simulate.x"],
        ),
        ({"payload": {}, "type": "ecco"}, ["type"]),
        ({"payload": {}, "type": "http.request"}, ["payload.url"]),
        (
            {
                "type": "http.request",
                "payload": {
                    "url": "ftp://host",
                    "method": "X",
                    "timeoutSeconds": 0,
                    "headers": {"Host": "x"},
                    "y": 1,
                },
            },
            ["payload.headers", "payload.method", "payload.timeoutSeconds", "payload.url", "payload.y"],
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_every_offending_field_is_named_at_once(body: dict[str, Any], fields: list[str]) -> None:
    """A 400 lists the paths of all wrong fields."""
    assert_problem(submit(json.dumps(body)), ProblemType.INVALID_REQUEST, *fields)


def test_an_unknown_kind_is_told_what_there_is() -> None:
    """An unknown kind is refused with a message that lists the known ones."""
    answer = submit('{"payload": {}, "type": "ecco"}')
    assert "echo, http.request" in answer.body["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        "multipart/form-data",
        "application/problem+json",
        "application/jsonx",
        "application/json-patch+json",
        "application",
        "*/*",
        ";",
        "é",
    ],
)
@pytest.mark.parametrize("body", ["{}", '{"payload": {}}', "payload=x", "payload=%7B%7D&taskId=a"])
@pytest.mark.filterwarnings("ignore:Received multipart/form-data")
def test_a_body_of_another_media_type(content_type: str, body: str) -> None:
    """Forms and other media types are a 415, whether or not the body is valid."""
    answer = submit(body, headers={"Content-Type": content_type})
    assert_problem(answer, ProblemType.UNSUPPORTED_MEDIA_TYPE)


def test_neither_a_body_nor_a_media_type() -> None:
    """An empty body with a Content-Type that names no media type is a 415."""
    assert_problem(submit("", headers={"Content-Type": ";"}), ProblemType.UNSUPPORTED_MEDIA_TYPE)


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {}, "multiValueHeaders": {}},
        {"headers": {"Content-Type": ""}},
        {"headers": None, "multiValueHeaders": {"Content-Type": [""]}},
        {"headers": None, "multiValueHeaders": None},
        {"headers": {"X": "y"}, "multiValueHeaders": {}},
    ],
    ids=str,
)
def test_a_body_without_a_media_type(changes: dict[str, Any]) -> None:
    """A body without a Content-Type is a 415."""
    event = request("POST", "/tasks", '{"payload": {}}') | changes
    answer = send(submit_task, event)
    assert_problem(answer, ProblemType.UNSUPPORTED_MEDIA_TYPE)
    assert "the request has no Content-Type" in answer.body["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"CONTENT-TYPE": "application/json"},
        {"Content-Type": "Application/JSON"},
        {"Content-Type": "application/json; charset=utf-8"},
        {"Content-Type": "application/json;charset=UTF-8"},
        {"Content-Type": " application/json ; charset=utf-8"},
    ],
    ids=lambda headers: str(headers)[1:-1],
)
def test_a_media_type_may_be_written_in_many_ways(headers: dict[str, str]) -> None:
    """A Content-Type is accepted in any case, and with a charset."""
    assert_problem(submit('{"x": 1}', headers=headers), ProblemType.INVALID_REQUEST, "payload", "x")


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": None, "multiValueHeaders": {"Content-Type": ["application/json"]}},
        {"headers": None, "multiValueHeaders": {"content-type": ["text/plain", "application/json"]}},
        {"headers": {"Content-Type": "application/json"}, "multiValueHeaders": None},
        {"headers": {"Content-Type": "application/json", "X-Null": None}},
    ],
    ids=str,
)
def test_headers_may_come_once_or_as_lists(changes: dict[str, Any]) -> None:
    """API Gateway's two forms of headers are both read, and either may be missing."""
    event = request("POST", "/tasks", "{}") | changes
    assert_problem(send(submit_task, event), ProblemType.INVALID_REQUEST, "payload")


def test_a_body_in_base64() -> None:
    """A body that API Gateway treats as binary is decoded."""
    body = b64encode('{"é": 1, "taskId": "a b"}'.encode()).decode()
    answer = submit(body, isBase64Encoded=True)
    assert_problem(answer, ProblemType.INVALID_REQUEST, "payload", "taskId", "é")


@pytest.mark.parametrize(
    "body",
    [
        "not base64",
        "e30",
        "",
        b64encode(b"\xff\xfe").decode(),
        b64encode(b'{"payload": {"a": "\xff"}}').decode(),
        b64encode('{"payload": {}}'.encode("utf-16")).decode(),
    ],
)
def test_a_body_in_base64_that_is_no_json(body: str) -> None:
    """Broken base64 and bytes that are not UTF-8 are a 400."""
    assert_problem(submit(body, isBase64Encoded=True), ProblemType.INVALID_REQUEST, "body")


@pytest.mark.parametrize("extra", [1, 200_000])
@pytest.mark.parametrize("letter", ["x", "é", "\\", '"'])
def test_a_payload_over_the_limit(extra: int, letter: str) -> None:
    """A payload of more than 2 MB, as compact JSON in UTF-8, is a 413."""
    frame = len('{"a":""}')
    letter_bytes = len(json.dumps(letter, ensure_ascii=False).encode()) - 2
    letters = (MAX_PAYLOAD_BYTES - frame) // letter_bytes + extra
    body = json.dumps({"payload": {"a": letter * letters}}, ensure_ascii=False)
    assert_problem(submit(body), ProblemType.TOO_LARGE, "payload")


@pytest.mark.parametrize(
    ("body", "problem", "field"),
    [
        (" " * (MAX_BODY_BYTES - 2) + "{}", ProblemType.INVALID_REQUEST, "payload"),
        (" " * (MAX_BODY_BYTES - 1) + "{}", ProblemType.TOO_LARGE, "body"),
        ("é" * (MAX_BODY_BYTES // 2 + 1), ProblemType.TOO_LARGE, "body"),
        ("[" * (MAX_BODY_BYTES + 1), ProblemType.TOO_LARGE, "body"),
    ],
    ids=["just", "white space", "bytes, not characters", "never read"],
)
def test_a_body_over_the_limit(body: str, problem: ProblemType, field: str) -> None:
    """A body of more than 4 MB is a 413 and is not parsed; one of exactly 4 MB is parsed."""
    assert_problem(submit(body), problem, field)
