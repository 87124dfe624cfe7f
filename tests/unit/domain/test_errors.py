"""The taxonomy of errors: one category for anything that work raises."""

import errno
import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.category import category_of_status
from lambdas.domain.errors import (
    MAX_MESSAGE_CHARACTERS,
    Category,
    InvalidWork,
    NetworkFailure,
    RateLimited,
    SystemFailure,
    TaskError,
    UnknownFailure,
    WorkError,
    classify,
)


class StatusError(Exception):
    """An error like those of HTTP libraries, with `status` or `status_code`."""

    def __init__(self, **attributes: object) -> None:
        super().__init__("answered")
        for name, value in attributes.items():
            setattr(self, name, value)


class TimedOutWithStatus(TimeoutError):
    status = 400


class OwnError(RateLimited):
    """A user-defined error that inherits the category of its base class."""


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (InvalidWork("x"), Category.VALIDATION),
        (NetworkFailure("x"), Category.NETWORK),
        (RateLimited("x"), Category.RATE_LIMIT),
        (SystemFailure("x"), Category.SYSTEM),
        (UnknownFailure("x"), Category.UNKNOWN),
        (WorkError("x"), Category.UNKNOWN),
        (OwnError("x"), Category.RATE_LIMIT),
        (TimeoutError("x"), Category.NETWORK),
        (ConnectionRefusedError("x"), Category.NETWORK),
        (ConnectionResetError("x"), Category.NETWORK),
        (BrokenPipeError("x"), Category.NETWORK),
        (socket.gaierror(-2, "unknown name"), Category.NETWORK),
        (ssl.SSLCertVerificationError("x"), Category.NETWORK),
        (MemoryError(), Category.SYSTEM),
        (FileNotFoundError(2, "x"), Category.UNKNOWN),
        (OSError("truncated"), Category.UNKNOWN),
        (OSError(errno.EHOSTUNREACH, "x"), Category.NETWORK),
        (OSError(errno.ENOSPC, "x"), Category.SYSTEM),
        (StatusError(status=400), Category.VALIDATION),
        (StatusError(status_code=429), Category.RATE_LIMIT),
        (StatusError(status=HTTPStatus.BAD_GATEWAY), Category.SYSTEM),
        (StatusError(status="500"), Category.UNKNOWN),
        (StatusError(status=None, status_code=503), Category.SYSTEM),
        (TimedOutWithStatus("x"), Category.NETWORK),  # the type comes before the status
        (ValueError("x"), Category.UNKNOWN),
        (ZeroDivisionError(), Category.UNKNOWN),
        (RecursionError("x"), Category.UNKNOWN),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_error_is_named_by_its_own_category_its_type_its_status(
    error: Exception, category: Category
) -> None:
    """An error is classified by its own category, then by its type, then by its status, else as UNKNOWN."""
    named = classify(error)
    assert named.category is category
    assert named.type == type(error).__name__
    assert named.retryable is (category is not Category.VALIDATION)


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (400, Category.VALIDATION),
        (401, Category.VALIDATION),
        (404, Category.VALIDATION),
        (408, Category.NETWORK),
        (409, Category.VALIDATION),
        (422, Category.VALIDATION),
        (425, Category.NETWORK),
        (429, Category.RATE_LIMIT),
        (499, Category.VALIDATION),
        (500, Category.SYSTEM),
        (503, Category.SYSTEM),
        (599, Category.SYSTEM),
        (101, Category.UNKNOWN),
        (302, Category.UNKNOWN),
        (600, Category.UNKNOWN),
        (-1, Category.UNKNOWN),
    ],
)
def test_a_status_has_a_category(status: int, category: Category) -> None:
    """4xx is VALIDATION unless a retry may help, 5xx is SYSTEM, and any other status is UNKNOWN."""
    assert category_of_status(status) is category


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ValueError("what happened"), "what happened"),
        (lambda: ValueError(), "ValueError()"),
        (lambda: ValueError("\ud800"), "?"),
        (lambda: ValueError("é€😀"), "é€😀"),
    ],
    ids=["text", "no text", "lone surrogate", "not ASCII"],
)
def test_a_message_says_something_that_can_be_stored(make: Callable[[], Exception], message: str) -> None:
    """An error without a message has its `repr` as message; text that UTF-8 cannot encode is replaced."""
    assert classify(make()).message == message


REFUSED, BUSY, BUG = InvalidWork("no such page"), RateLimited("slower"), KeyError("a bug")


@pytest.mark.parametrize(
    ("error", "category", "told"),
    [
        (ExceptionGroup("x", [REFUSED]), Category.VALIDATION, "InvalidWork: no such page"),
        (
            ExceptionGroup("x", [ExceptionGroup("y", [REFUSED]), InvalidWork("nor this")]),
            Category.VALIDATION,
            "InvalidWork: no such page (and 1 more error)",
        ),
        (
            ExceptionGroup("x", [REFUSED, ExceptionGroup("y", [BUSY, BUG])]),
            Category.RATE_LIMIT,
            "RateLimited: slower (and 2 more errors)",
        ),
        (
            BaseExceptionGroup("x", [REFUSED, SystemExit(3)]),
            Category.UNKNOWN,
            "SystemExit: 3 (and 1 more error)",
        ),
    ],
    ids=["one", "agreed", "mixed", "base"],
)
def test_a_group_is_classified_by_its_errors(error: BaseException, category: Category, told: str) -> None:
    """A group has the category of its first error that may be retried, else that of the first one."""
    named = classify(error)
    assert (named.category, f"{named.type}: {named.message}") == (category, told)


@given(st.text(alphabet=st.characters(exclude_categories=()), min_size=1, max_size=1500))
def test_every_message_is_bounded_and_encodable(text: str) -> None:
    """A recorded message is short and valid UTF-8, for any error text."""
    message = classify(RuntimeError(text)).message
    assert len(message) <= MAX_MESSAGE_CHARACTERS
    message.encode()


def test_an_error_needs_no_message() -> None:
    with pytest.raises(OwnError) as raised:
        raise OwnError
    assert classify(raised.value).message == "OwnError"
    assert InvalidWork("", retry_after=1).args == ("InvalidWork",)


def test_a_retry_after_is_carried() -> None:
    """An error carries the server's Retry-After in seconds, or None."""
    assert RateLimited("slow down", retry_after=7.5).retry_after == 7.5
    assert RateLimited("slow down").retry_after is None


def test_an_error_on_the_wire() -> None:
    """A task's error is serialized as `{category, type, message, retryable}`."""
    error = TaskError.of(Category.NETWORK, "Timeout", "too late")
    assert error.model_dump(mode="json", by_alias=True, exclude_none=True) == {
        "category": "NETWORK",
        "type": "Timeout",
        "message": "too late",
        "retryable": True,
    }
