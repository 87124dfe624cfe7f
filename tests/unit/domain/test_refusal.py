"""Errors that show that a remote service is healthy."""

import httpx
import psycopg
import psycopg.errors
import pytest
import redis

from lambdas.domain.errors import InvalidWork, NetworkFailure, RateLimited, SystemFailure, WorkError
from lambdas.domain.refusal import is_refusal


def answer(status: int) -> Exception:
    """Return the error of httpx for an answer with a status."""
    request = httpx.Request("GET", "http://a.example")
    return httpx.HTTPStatusError("no", request=request, response=httpx.Response(status, request=request))


def invalid(during: Exception, *, is_cause: bool = True) -> Exception:
    """Return the InvalidWork that work raises because of another error, or while it handles one."""
    error = InvalidWork("no")
    error.__context__ = during
    if is_cause:
        error.__cause__ = during
    return error


class Refused(Exception):
    """An error of a library without a rule."""

    status_code = 422


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (InvalidWork("no such width"), False),
        (InvalidWork("answered 404", answered=True), True),
        (RateLimited("slower"), True),
        (SystemFailure("down"), False),
        (NetworkFailure("away"), False),
        (WorkError("who knows"), False),
        (invalid(answer(404)), True),
        (invalid(answer(404), is_cause=False), True),
        (invalid(answer(429)), True),
        (invalid(answer(503)), False),
        (invalid(ValueError("not a number")), False),
        (invalid(invalid(answer(404))), True),
        (invalid(httpx.InvalidURL("no")), False),
        (psycopg.errors.UniqueViolation("twice"), True),
        (psycopg.OperationalError("no connection"), False),
        (redis.exceptions.ResponseError("WRONGTYPE"), True),
        (redis.exceptions.DataError("not a string"), False),
        (Refused(), True),
    ],
    ids=repr,
)
def test_a_refusal_comes_from_an_answer(error: Exception, is_one: bool) -> None:
    assert is_refusal(error) is is_one


def test_errors_that_cause_each_other_end() -> None:
    first, second = InvalidWork("a"), InvalidWork("b")
    first.__cause__, second.__cause__ = second, first
    assert not is_refusal(first)
