"""Problems: the complete list of the API's errors."""

import re
from http import HTTPStatus

import pytest

from lambdas.http.problems import ApiError, FieldError, Problem, ProblemType
from lambdas.http.resolver import field_errors


@pytest.mark.parametrize("problem", list(ProblemType), ids=lambda problem: problem.name)
def test_a_problem_has_a_uri_a_status_and_a_title(problem: ProblemType) -> None:
    """Each type has a URN with its slug, an error status, and a readable title."""
    assert re.fullmatch(r"urn:faultline:problem:[a-z]+(-[a-z]+)*", problem.uri)
    assert 400 <= problem.status < 600
    assert problem.title[0].isupper()
    assert not problem.title.endswith(".")


def test_no_two_problems_are_the_same() -> None:
    """Slugs and titles are unique. (Python treats two equal members of an Enum as one.)"""
    assert len({problem.uri for problem in ProblemType}) == len(ProblemType.__members__)
    assert len({problem.title for problem in ProblemType}) == len(ProblemType.__members__)


@pytest.mark.parametrize(
    "status",
    [
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ],
)
def test_every_status_of_the_contract_has_a_problem(status: HTTPStatus) -> None:
    """Each error status of the API has a problem type."""
    assert status in {problem.status for problem in ProblemType}


def test_a_problem_on_the_wire() -> None:
    """A serialized problem has the members of RFC 9457, plus `requestId` and `errors`."""
    problem = Problem(
        type=ProblemType.NOT_FOUND.uri,
        title="Not found",
        status=404,
        detail="There is no task x.",
        requestId="r",
        errors=[FieldError(field="taskId", message="unknown")],
    )
    assert problem.model_dump(mode="json", by_alias=True) == {
        "type": "urn:faultline:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no task x.",
        "requestId": "r",
        "errors": [{"field": "taskId", "message": "unknown"}],
    }


def test_an_api_error_is_the_problem_and_its_detail() -> None:
    """An ApiError's text is its detail, and by default it names no fields."""
    error = ApiError(ProblemType.UNAVAILABLE, "away", retry_after=2)
    assert (str(error), error.problem.status, error.errors, error.retry_after) == ("away", 503, [], 2)


@pytest.mark.parametrize(
    ("loc", "within", "field"),
    [
        (("body", "taskId"), "", "taskId"),
        (("body", "simulate", "failures"), "", "simulate.failures"),
        (("query", "limit"), "", "limit"),
        (("path", "taskId"), "", "taskId"),
        (("body",), "", "body"),
        (("body", "payload", "path"), "", "payload.path"),
        (("url",), "payload", "payload.url"),
        (("body",), "payload", "payload.body"),  # a field with this name
        (("query", 0, "path"), "payload", "payload.query.0.path"),
        ((), "payload", "payload"),
    ],
)
def test_a_field_is_named_as_the_client_wrote_it(loc: tuple[str | int, ...], within: str, field: str) -> None:
    """A field's name omits the part of the request that contains it, and begins with any field around it."""
    errors = [{"loc": loc, "msg": "Value error, must be so"}]
    assert field_errors(errors, within=within) == [FieldError(field=field, message="must be so")]
