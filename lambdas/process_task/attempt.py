"""Steps of an attempt: validating the payload and performing the work."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from lambdas.domain.errors import InvalidWork, SystemFailure, UnknownFailure, classify
from lambdas.work.registry import MAX_DEPENDENCY_LENGTH, Kind, WorkContext
from lambdas.work.time_limit import TimeLimit
from lambdas.work.valid_payload import valid_payload

_MAX_REASONS = 10
_WITHOUT_VALUE = {"union_tag_invalid": "Input tag does not match any of the expected tags"}
"""Messages in place of pydantic's own, which quote values of the payload, by the type of the error."""


def validated(kind: Kind[Any], payload: JsonValue) -> Any:
    """Convert a payload to its kind's model.

    Raises:
        InvalidWork: The payload is invalid for the model.
        Exception: Any other error of a validator; its category determines whether there is another attempt.
    """
    try:
        return valid_payload(kind, payload)
    except ValidationError as error:
        # Pydantic's own text quotes values, which may be private.
        found = error.errors(include_url=False, include_context=False, include_input=False)
        reasons = [_reason(each) for each in found[:_MAX_REASONS]]
        if len(found) > _MAX_REASONS:
            reasons.append(f"and {len(found) - _MAX_REASONS} more")
        told = "; ".join(reasons)
        raise InvalidWork(f"the payload does not fit {kind.name}: {told}") from error.__cause__


def _reason(error: ErrorDetails) -> str:
    message = _WITHOUT_VALUE.get(error["type"], error["msg"]).removeprefix("Value error, ")
    return ": ".join(filter(None, [".".join(map(str, error["loc"])), message]))


def dependency_of(kind: Kind[Any], payload: Any) -> str | None:
    """Return the name of the dependency of the work; None if its kind has none.

    Raises:
        InvalidWork: The name is not a string, is empty, or is too long.
        Exception: Any exception raised by the kind's own function.
    """
    if kind.dependency is None:
        return None
    name = kind.dependency(payload)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_DEPENDENCY_LENGTH:
        given = f"a name of {len(name)} characters" if isinstance(name, str) else repr(name)
        raise InvalidWork(
            f"the dependency of {kind.name} must have a name of 1 to {MAX_DEPENDENCY_LENGTH} characters, "
            f"not {given}"
        )
    return name


class TimedOut(SystemFailure):
    """The work exceeded the timeout of its kind."""


def perform(kind: Kind[Any], payload: Any, context: WorkContext) -> object:
    """Perform the work of an attempt, and return its result.

    Raises:
        TimedOut: The work exceeded the timeout of its kind, whatever it then returned or raised.
        UnknownFailure: The work raised a BaseException that is not an Exception, such as SystemExit or
            asyncio's CancelledError. It would end the function, and the attempt would be lost along with its
            cause.
        Exception: Any other exception raised by the work.
    """
    left = _until_stopped(kind, context.remaining_seconds)
    limit = TimeLimit(kind.timeout)
    try:
        with limit.enforced():
            result = kind.perform(payload, replace(context, remaining_seconds=left))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if limit.reached is not None:
            raise _timed_out(kind) from limit.reached
        if isinstance(error, Exception):
            raise
        found = classify(error)
        raise UnknownFailure(f"{found.type}: {found.message}") from error
    if limit.reached is not None:
        raise _timed_out(kind) from limit.reached
    return result


def _timed_out(kind: Kind[Any]) -> TimedOut:
    return TimedOut(f"the work was stopped after {kind.timeout:g} s, its timeout")


def _until_stopped(kind: Kind[Any], until_function_ends: Callable[[], float]) -> Callable[[], float]:
    """Return a function that returns the seconds left to work that begins now."""
    ends = monotonic() + kind.timeout
    return lambda: max(0.0, min(ends - monotonic(), until_function_ends()))
