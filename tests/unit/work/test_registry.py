"""The registry of kinds."""

import math
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from lambdas.domain.errors import Category
from lambdas.domain.retry import RetryPolicy
from lambdas.work.definition_checks import InvalidKind
from lambdas.work.echo import Echo, echo
from lambdas.work.http_request import http_request
from lambdas.work.kinds import KINDS
from lambdas.work.registry import (
    DEFAULT_TIMEOUT,
    Payload,
    Registry,
    UnknownKind,
    WorkContext,
    kind,
)
from tests.unit.work.context import a_context


class Resize(Payload):
    new_width: int


@kind("image.resize", retry=RetryPolicy(maximum_attempts=2))
def resize(payload: Resize, context: WorkContext) -> JsonValue:
    return {"width": payload.new_width}


def test_a_function_becomes_a_kind_by_its_annotation() -> None:
    """A kind has the decorator's name and retry policy, and its first parameter's model."""
    assert (resize.name, resize.payload, resize.retry.maximum_attempts) == ("image.resize", Resize, 2)
    payload = resize.payload.model_validate({"newWidth": 3})
    assert resize.perform(payload, a_context()) == {"width": 3}


def test_a_kind_can_be_called_like_its_function() -> None:
    assert resize(Resize(newWidth=3), a_context()) == {"width": 3}


def test_a_decorator_may_provide_a_parameter() -> None:
    """A function may take more than the payload and the context, if a decorator of it does not."""

    def with_answer(function: Callable[..., int]) -> Callable[..., int]:
        @wraps(function)
        def wrapper(*arguments: Any) -> int:
            return function(*arguments, 42)

        return wrapper

    @kind("x")
    @with_answer
    def x(payload: Payload, context: WorkContext, answer: int) -> int:
        return answer

    assert x.payload is Payload


def test_a_kind_without_a_policy_is_tried_three_times() -> None:
    """By default, a kind has 2 retries, after 1 s and 2 s."""
    assert echo.retry == RetryPolicy(maximum_attempts=3, initial_interval=1.0)


@pytest.mark.parametrize("body", [{}, {"new_width": 3}, {"newWidth": 3, "x": 1}])
def test_a_payload_is_strict_about_its_keys(body: dict[str, int]) -> None:
    """A payload must have its camelCase keys, and no others."""
    with pytest.raises(ValidationError):
        Resize.model_validate(body)


def test_a_function_must_say_what_it_takes() -> None:
    """A function is not a kind of work unless its first parameter has a model as its type."""

    def bare(payload, context):  # type: ignore[no-untyped-def]
        return None

    def untyped(payload: dict[str, int], context: WorkContext) -> JsonValue:
        return None

    def empty() -> JsonValue:
        return None

    for function in (bare, untyped, empty):
        with pytest.raises(InvalidKind, match="first parameter of x"):
            kind("x")(function)  # type: ignore[type-var, arg-type]


async def asynchronous(payload: Resize, context: WorkContext) -> None: ...


async def asynchronous_generator(payload: Resize, context: WorkContext) -> AsyncIterator[int]:
    yield 1


def generator(payload: Resize, context: WorkContext) -> Iterator[int]:
    yield 1


def lonely(payload: Resize) -> None: ...


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (asynchronous, "x must be an ordinary function, not async"),
        (asynchronous_generator, "x must be an ordinary function, not async"),
        (generator, "x must return its result, and not yield"),
        (lonely, "x is called with a payload and a context: too many positional arguments"),
        (Resize, "x must be a function, not ModelMetaclass"),
        (resize, "x must be a function, not Kind"),
    ],
)
def test_what_cannot_be_called_as_work_is_refused(function: Any, reason: str) -> None:
    with pytest.raises(InvalidKind) as refused:
        kind("x")(function)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("pay it", {}, "the name of a kind must be 1 to 64 letters, digits, dots, colons, hyphens and"),
        ("", {}, "the name of a kind must be "),
        ("a\n", {}, "the name of a kind must be "),
        ("x" * 65, {}, "the name of a kind must be "),
        (resize.perform, {}, "the name of a kind must be "),
        ("x", {"retry": 3}, "retry of x must be a RetryPolicy, not 3"),
        ("x", {"retry_on": [Category.NETWORK]}, "retry_on of x must be a dictionary"),
        ("x", {"retry_on": {"OUTAGE": RetryPolicy()}}, "retry_on of x: 'OUTAGE' is no category; there are"),
        ("x", {"retry_on": {"NETWORK": 3}}, "retry_on of x: NETWORK must have a RetryPolicy, not 3"),
        ("x", {"dependency": "host"}, "the dependency of x must be a function that takes the payload"),
        ("x", {"timeout": 0}, "the timeout of x must be positive, not 0"),
        ("x", {"timeout": "20"}, "the timeout of x must be a number of seconds, not '20'"),
        ("x", {"timeout": math.nan}, "the timeout of x must be a number of seconds, not nan"),
    ],
)
def test_an_argument_that_cannot_be_used_is_refused(name: Any, arguments: Any, reason: str) -> None:
    """The API and the functions would fail later, far from the decorator."""
    with pytest.raises(InvalidKind) as refused:
        kind(name, **arguments)
    assert str(refused.value).startswith(reason)


def test_a_category_may_be_named_by_a_string() -> None:
    by_name: Any = {"RATE_LIMIT": RetryPolicy(maximum_attempts=2)}
    found = kind("x", retry_on=by_name)(resize.perform)
    assert [*found.retry_on] == [Category.RATE_LIMIT]
    assert isinstance(next(iter(found.retry_on)), Category)


def test_a_kind_is_found_by_its_name() -> None:
    """A lookup by name returns the kind, and iteration yields all kinds."""
    registry = Registry([echo, resize])
    assert registry["image.resize"] is resize
    assert list(registry) == [echo, resize]


def test_a_category_may_be_retried_in_its_own_way() -> None:
    """`retry_on` decides for its categories, `retry` for the rest; the largest number of attempts applies."""
    hasty, patient = RetryPolicy(maximum_attempts=2), RetryPolicy(maximum_attempts=3, initial_interval=60)

    @kind("x", retry=hasty, retry_on={Category.RATE_LIMIT: patient})
    def work(payload: Resize, context: WorkContext) -> JsonValue:
        return None

    assert work.policy(Category.RATE_LIMIT) is patient
    assert {work.policy(each).maximum_attempts for each in Category if each is not Category.RATE_LIMIT} == {2}
    assert work.maximum_attempts == 3


def test_a_kind_states_how_long_it_takes() -> None:
    """A kind has its own or the default timeout; an unknown one, as in an old message, has the longest."""
    registry = Registry([echo, http_request, resize])
    found = [registry.longest_seconds(name) for name in ("echo", "image.resize", "http.request", None, "x")]
    assert found == [1, DEFAULT_TIMEOUT, 60, 60, 60]


def test_an_unknown_kind_is_told_what_there_is() -> None:
    """The error for an unknown kind lists the known ones, because the name may be mistyped."""
    with pytest.raises(UnknownKind, match=r"no kind of work is named ecco; there are: echo, image\.resize"):
        Registry([resize, echo])["ecco"]


def test_a_name_is_taken_once() -> None:
    """Two kinds with the same name are refused."""
    with pytest.raises(ValueError, match=r"two kinds of work are named image\.resize"):
        Registry([resize, echo, resize])


def test_the_built_in_kinds() -> None:
    """A deployment has `echo` and `http.request`."""
    assert list(KINDS) == [echo, http_request]


@given(
    st.dictionaries(
        st.text() | st.sampled_from(["model_dump", "model_config", "__class__", "__dict__", "aB", "a_b"]),
        st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.text()),
    )
)
def test_echo_gives_back_what_it_was_given(payload: dict[str, JsonValue]) -> None:
    """`echo` returns its payload unchanged, with any keys."""
    assert echo.perform(Echo.model_validate(payload), a_context()) == payload
