"""The HTTP edge, up to where AWS would be called: bad requests, each answered with its problem."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ProblemType
from lambdas.http.resolver import MAX_BODY_BYTES
from lambdas.http.security_headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from lambdas.manage_tasks.handler import app as manage_tasks
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.listing import TaskListing
from lambdas.submit_task.handler import app as submit_task
from tests.unit.http.gateway import JSON, Answer, request, send

pytestmark = pytest.mark.usefixtures("environment")


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
        '{"payload": ' + '{"a":' * 100 + "1" + "}" * 101,
    ],
    ids=lambda body: repr(body)[:40],
)
def test_a_body_that_is_no_json_object(body: str | None) -> None:
    """Whatever is not one I-JSON object is a 400 about the body."""
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
    """A 400 names all fields that are wrong, by their paths."""
    assert_problem(submit(json.dumps(body)), ProblemType.INVALID_REQUEST, *fields)


def test_an_unknown_kind_is_told_what_there_is() -> None:
    """The message for `type` lists the kinds of work."""
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
    """No form and no other media type is read, valid or not: 415."""
    answer = submit(body, headers={"Content-Type": content_type})
    assert_problem(answer, ProblemType.UNSUPPORTED_MEDIA_TYPE)


def test_neither_a_body_nor_a_media_type() -> None:
    """A Content-Type that names none, and nothing to it, is a 415 as well."""
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
    """A body that does not say what it is, is a 415 as well."""
    event = request("POST", "/tasks", '{"payload": {}}') | changes
    assert_problem(send(submit_task, event), ProblemType.UNSUPPORTED_MEDIA_TYPE)


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
    """Neither the case of names and types nor a charset makes JSON anything else."""
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
    """Both ways in which API Gateway gives headers are read, and either may be missing."""
    event = request("POST", "/tasks", "{}") | changes
    assert_problem(send(submit_task, event), ProblemType.INVALID_REQUEST, "payload")


def test_a_body_in_base64() -> None:
    """A body that API Gateway took for binary is read all the same."""
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
    """Neither broken base64 nor bytes that are not UTF-8 are more than a 400."""
    assert_problem(submit(body, isBase64Encoded=True), ProblemType.INVALID_REQUEST, "body")


@pytest.mark.parametrize("extra", [1, 200_000])
@pytest.mark.parametrize("letter", ["x", "é", "\\", '"'])
def test_a_payload_over_the_limit(extra: int, letter: str) -> None:
    """A payload of more than 200 KB, counted as compact JSON in UTF-8, is a 413."""
    frame = len('{"a":""}')
    letter_bytes = len(json.dumps(letter, ensure_ascii=False).encode()) - 2
    letters = (MAX_PAYLOAD_BYTES - frame) // letter_bytes + extra
    body = json.dumps({"payload": {"a": letter * letters}})
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
    """A body of more than 2 MB is a 413, whatever is in it; nobody has looked."""
    assert_problem(submit(body), problem, field)


def test_a_simulation_where_none_is_allowed(environment: pytest.MonkeyPatch) -> None:
    """Outside dev and test, `simulate` is a 400, and told beside what else is wrong."""
    environment.setenv("STAGE", "prod")
    answer = submit('{"payload": {}, "type": "ecco", "simulate": {"crash": true}}')
    assert_problem(answer, ProblemType.INVALID_REQUEST, "simulate", "type")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"limit": "0"}, ["limit"]),
        ({"limit": "101"}, ["limit"]),
        ({"limit": "-1"}, ["limit"]),
        ({"limit": "ten"}, ["limit"]),
        ({"limit": ""}, ["limit"]),
        ({"limit": "1e1"}, ["limit"]),
        ({"limit": "9" * 5000}, ["limit"]),
        ({"status": "queued"}, ["status"]),
        ({"status": "NOPE"}, ["status"]),
        ({"status": ""}, ["status"]),
        ({"nextToken": "nope"}, ["nextToken"]),
        ({"nextToken": "x" * 2049}, ["nextToken"]),
        ({"limit": "0", "status": "x", "nextToken": "x" * 2049}, ["limit", "nextToken", "status"]),
        ({"stauts": "SUCCEEDED"}, ["stauts"]),
        ({"Status": "SUCCEEDED", "": "x", "limit": "0"}, ["", "Status", "limit"]),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_bad_query(query: dict[str, str], fields: list[str]) -> None:
    """Every bad parameter of a list is named at once."""
    answer = send(manage_tasks, request("GET", "/tasks", query=query))
    assert_problem(answer, ProblemType.INVALID_REQUEST, *fields)


@pytest.mark.parametrize("task_id", ["a b", "a%20b", "ä", "a" * 129, "a,b"])
def test_a_bad_task_id_in_the_path(task_id: str) -> None:
    """What can be no task's id is a 400, not a 404."""
    answer = send(manage_tasks, request("GET", f"/tasks/{task_id}"))
    assert_problem(answer, ProblemType.INVALID_REQUEST, "taskId")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_in_the_path_may_be_encoded(method: str) -> None:
    """`message%3A1` is `message:1`; neither is refused for its form."""
    for name in ("message:a:b", "message%3Aa%3ab"):
        answer = send(manage_tasks, request(method, f"/tasks/{name}"))
        assert answer.body["type"] != ProblemType.INVALID_REQUEST.uri


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/task"), ("GET", "/tasks/a/b"), ("PATCH", "/tasks/a"), ("GET", "/tasks/a/../b")],
)
def test_a_route_that_is_not_there(method: str, path: str) -> None:
    """An unknown route is a 404 of the same form as any other problem."""
    for app in (submit_task, manage_tasks):
        assert_problem(send(app, request(method, path)), ProblemType.NOT_FOUND)


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("abc-1", "abc-1"),
        ("x" * 128, "x" * 128),
        ("x" * 129, "request-1"),
        ("", "request-1"),
        ("a\nb", "request-1"),
        ("é", "request-1"),
    ],
)
def test_a_correlation_id_is_the_clients_or_the_requests(given: str, answered: str) -> None:
    """A usable X-Correlation-Id comes back, also on errors; any other is replaced by the request's id."""
    answer = submit("{}", headers=JSON | {"x-correlation-id": given})
    assert answer.headers["X-Correlation-Id"] == [answered]


json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
).map(json.dumps)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.none() | st.text() | json_texts,
    content_type=st.sampled_from(["application/json", "multipart/form-data; boundary=x"]) | st.text(),
    encoded=st.booleans(),
)
@pytest.mark.filterwarnings("ignore:Received multipart/form-data")
def test_no_request_without_a_task_in_it_is_our_fault(
    body: str | None, content_type: str, encoded: bool
) -> None:
    """Whatever a client sends, what is wrong with it is a 4xx."""
    answer = submit(body, headers={"Content-Type": content_type}, isBase64Encoded=encoded)
    assert answer.status in {400, 415}


def test_an_overloaded_table_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that the table leaves unfinished may be asked for again."""

    def refuse(*_: object) -> None:
        raise TableOverloaded("7 items are unread")

    monkeypatch.setattr(TaskListing, "page", refuse)
    answer = send(manage_tasks, request("GET", "/tasks"))
    assert_problem(answer, ProblemType.UNAVAILABLE)
    assert answer.headers["Retry-After"] == ["2"]
