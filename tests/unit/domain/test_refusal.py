"""Errors that show that a remote service is healthy."""

from dataclasses import dataclass

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


@dataclass
class Unfit(InvalidWork):
    """An error that does not call the constructor of its base class."""

    width: int


def nested(error: Exception) -> Exception:
    """Return an error in more groups than Python's stack has frames."""
    for _ in range(3000):
        error = ExceptionGroup("g", [error])
    return error


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
        (Unfit(7), False),
        (ExceptionGroup("g", [invalid(answer(404))]), True),
        (ExceptionGroup("g", [KeyError("a bug"), RateLimited("slower")]), True),
        (ExceptionGroup("g", [RateLimited("slower"), KeyError("a bug")]), True),
        (ExceptionGroup("g", [RateLimited("slower"), SystemFailure("down")]), False),
        (invalid(ExceptionGroup("g", [RateLimited("slower"), SystemFailure("down")])), False),
        (nested(RateLimited("slower")), True),
        (nested(KeyError("a bug")), False),
    ],
    ids=lambda value: repr(value)[:60] if not isinstance(value, ExceptionGroup) else "",
)
def test_a_refusal_comes_from_an_answer(error: Exception, is_one: bool) -> None:
    assert is_refusal(error) is is_one


def test_a_group_that_one_of_its_errors_was_raised_from_ends() -> None:
    member = InvalidWork("a")
    member.__cause__ = ExceptionGroup("g", [member, InvalidWork("b")])
    assert not is_refusal(member)


def test_errors_that_cause_each_other_end() -> None:
    first, second = InvalidWork("a"), InvalidWork("b")
    first.__cause__, second.__cause__ = second, first
    assert not is_refusal(first)
