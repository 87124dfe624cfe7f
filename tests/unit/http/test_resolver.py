"""Routes, parameters and headers at the HTTP edge, and the problems that answer bad ones."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.domain.lifecycle import Status
from lambdas.http.problems import ProblemType
from lambdas.manage_tasks.handler import app as manage_tasks
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.listing import Page, TaskListing
from lambdas.store.task_filter import TaskFilter
from lambdas.submit_task.handler import app as submit_task
from tests.unit.http.gateway import JSON, request, send
from tests.unit.http.submission import assert_problem, submit

pytestmark = pytest.mark.usefixtures("environment")


def test_a_simulation_where_none_is_allowed(environment: pytest.MonkeyPatch) -> None:
    """Outside dev and test, `simulate` is a 400, reported together with all other faults."""
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
        ({"nextToken": ""}, ["nextToken"]),
        ({"nextToken": "x" * 2049}, ["nextToken"]),
        ({"limit": "0", "status": "x", "nextToken": "x" * 2049}, ["limit", "nextToken", "status"]),
        ({"type": "a b", "category": "NOPE", "orderingKey": "a/b"}, ["category", "orderingKey", "type"]),
        ({"reference": "", "tag": "t" * 41, "text": "t" * 129}, ["reference", "tag", "text"]),
        ({"submittedAfter": "2026-01-31", "submittedBefore": "0"}, ["submittedAfter", "submittedBefore"]),
        ({"view": "all"}, ["view"]),
        ({"stauts": "SUCCEEDED"}, ["stauts"]),
        ({"Status": "SUCCEEDED", "": "x", "limit": "0"}, ["", "Status", "limit"]),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_bad_query(query: dict[str, str], fields: list[str]) -> None:
    """All bad parameters of a list are reported at once."""
    answer = send(manage_tasks, request("GET", "/tasks", query=query))
    assert_problem(answer, ProblemType.INVALID_REQUEST, *fields)


@pytest.mark.parametrize("task_id", ["a b", "a%20b", "ä", "a" * 129, "a,b"])
def test_a_bad_task_id_in_the_path(task_id: str) -> None:
    """An invalid id is a 400, not a 404."""
    answer = send(manage_tasks, request("GET", f"/tasks/{task_id}"))
    assert_problem(answer, ProblemType.INVALID_REQUEST, "taskId")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_in_the_path_may_be_encoded(method: str) -> None:
    """`message%3A1` is `message:1`; both forms are accepted."""
    for name in ("message:a:b", "message%3Aa%3ab"):
        answer = send(manage_tasks, request(method, f"/tasks/{name}"))
        assert answer.body["type"] != ProblemType.INVALID_REQUEST.uri


@pytest.mark.parametrize(
    "id",
    [
        "order%0A",
        "order\n",
        "order%0D%0A",
        "order%00",
        "%20order",
        "order%C3%A9",
        "%EF%BD%8Frder",
        "order%23",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_no_id_names_no_task(method: str, id: str) -> None:
    """An invalid id is refused, and does not address a task whose id is a part of it."""
    answer = send(manage_tasks, request(method, f"/tasks/{id}"))
    assert_problem(answer, ProblemType.INVALID_REQUEST, "taskId")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/redrives%0A"), ("POST", "/tasks/a/redrive%0A"), ("GET", "/tasks%0A"), ("GET", "/%0A/tasks")],
)
def test_a_route_ends_where_it_ends(method: str, path: str) -> None:
    """A path with a line feed outside an id has no route."""
    assert_problem(send(manage_tasks, request(method, path, "{}")), ProblemType.NOT_FOUND)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/task"), ("GET", "/tasks/a/b"), ("PATCH", "/tasks/a"), ("GET", "/tasks/a/../b")],
)
def test_a_route_that_is_not_there(method: str, path: str) -> None:
    """An unknown path or method is a 404 of the same form as any other problem."""
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
    """A valid X-Correlation-Id is returned, even with an error; the request's id replaces an invalid one."""
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
    """Arbitrary bodies and media types are answered with 400 or 415."""
    answer = submit(body, headers={"Content-Type": content_type}, isBase64Encoded=encoded)
    assert answer.status in {400, 415}


def test_parameters_of_a_list_are_read_as_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state may occur several times, in any order; a comma in a text is not a separator."""
    asked = []

    def page(_: TaskListing, wanted: TaskFilter, *_rest: object, whole: bool) -> Page:
        asked.append((wanted, whole))
        return Page(tasks=[], next_token=None)

    monkeypatch.setattr(TaskListing, "page", page)
    for states in (["QUEUED"], ["QUEUED", "PENDING", "QUEUED"]):
        given = {
            "status": states,
            "text": ["a,b"],
            "view": ["full"],
            "submittedAfter": ["2026-01-01T01:00:00+01:00"],
        }
        query = request("GET", "/tasks", multiValueQueryStringParameters=given)
        assert send(manage_tasks, query).status == 200
    after = datetime(2026, 1, 1, tzinfo=UTC)
    assert asked == [
        (TaskFilter(statuses=statuses, text="a,b", submitted_after=after), True)
        for statuses in [(Status.QUEUED,), (Status.PENDING, Status.QUEUED)]
    ]


@pytest.mark.parametrize("query", [{"window": "2h"}, {"window": ""}])
def test_statistics_of_another_window(query: dict[str, str]) -> None:
    assert_problem(
        send(manage_tasks, request("GET", "/stats", query=query)), ProblemType.INVALID_REQUEST, "window"
    )


def test_an_overloaded_table_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for a list is answered with a 503 and Retry-After if the table is overloaded."""

    def refuse(*_: object, **__: object) -> None:
        raise TableOverloaded("7 items are unread")

    monkeypatch.setattr(TaskListing, "page", refuse)
    answer = send(manage_tasks, request("GET", "/tasks"))
    assert_problem(answer, ProblemType.UNAVAILABLE)
    assert answer.headers["Retry-After"] == ["2"]
