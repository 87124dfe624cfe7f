"""Bodies of calls that have none."""

from base64 import b64encode

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from lambdas.http.problems import ProblemType
from lambdas.manage_tasks.handler import app as manage_tasks
from lambdas.submit_task.handler import app as submit_task
from tests.unit.http.gateway import JSON, request, send
from tests.unit.http.submission import assert_problem

pytestmark = pytest.mark.usefixtures("environment")

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

CALLS = [
    (manage_tasks, "POST", "/tasks/a/run"),
    (submit_task, "GET", "/batches/a"),
    (manage_tasks, "DELETE", "/tasks/a"),
    (manage_tasks, "GET", "/tasks/a"),
    (manage_tasks, "GET", "/tasks"),
    (manage_tasks, "GET", "/stats"),
    (manage_tasks, "GET", "/kinds"),
    (manage_tasks, "DELETE", "/kinds/echo/pause"),
]
calls = pytest.mark.parametrize(("app", "method", "path"), CALLS)
one_call_of_each_function = pytest.mark.parametrize(("app", "method", "path"), CALLS[:2])


@calls
def test_no_call_ignores_a_body(app: APIGatewayRestResolver, method: str, path: str) -> None:
    answer = send(app, request(method, path, '{"reason": "x"}', headers=JSON))
    assert_problem(answer, ProblemType.INVALID_REQUEST, "body")
    assert_problem(send(app, request(method, path, headers=JSON)), ProblemType.UNAVAILABLE)


@one_call_of_each_function
@pytest.mark.parametrize("body", ['{"reason": "x"}', "{nonsense", "null", "[]", '""', "0", "payload=x"])
@pytest.mark.parametrize("headers", [JSON, FORM, {}], ids=str)
def test_a_body_is_refused(
    app: APIGatewayRestResolver, method: str, path: str, body: str, headers: dict[str, str]
) -> None:
    """A call without a body refuses any, whatever its media type, rather than ignoring what it says."""
    answer = send(app, request(method, path, body, headers=headers))
    assert_problem(answer, ProblemType.INVALID_REQUEST, "body")


@one_call_of_each_function
@pytest.mark.parametrize("body", [None, "", " \n", "{}", " { } "])
@pytest.mark.parametrize("headers", [JSON, FORM, {}], ids=str)
def test_a_body_that_says_nothing_is_accepted(
    app: APIGatewayRestResolver, method: str, path: str, body: str | None, headers: dict[str, str]
) -> None:
    """No body, an empty one and `{}` are accepted: the call then fails at a table that does not answer."""
    assert_problem(send(app, request(method, path, body, headers=headers)), ProblemType.UNAVAILABLE)


@pytest.mark.parametrize("body", ["{nonsense", "{}"])
def test_a_body_in_base64_is_read(body: str) -> None:
    """A body that API Gateway treats as binary is decoded first."""
    event = request("DELETE", "/tasks/a", b64encode(body.encode()).decode(), isBase64Encoded=True)
    expected = ProblemType.UNAVAILABLE if body == "{}" else ProblemType.INVALID_REQUEST
    assert send(manage_tasks, event).status == expected.status


def test_all_that_is_unexpected_is_named_at_once() -> None:
    """A 400 names an unknown parameter and a body together with invalid fields."""
    answer = send(manage_tasks, request("POST", "/tasks/a/run", "[]", query={"now": "true"}))
    assert_problem(answer, ProblemType.INVALID_REQUEST, "body", "now")
    answer = send(manage_tasks, request("DELETE", "/tasks/a b", "[]", query={"now": "true"}))
    assert_problem(answer, ProblemType.INVALID_REQUEST, "body", "now", "taskId")
