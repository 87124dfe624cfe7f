"""Steps of an attempt: validating the payload, performing the work, checking the result."""

from typing import Any

from pydantic import JsonValue, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.errors import InvalidWork, SystemFailure, UnknownFailure, classify
from lambdas.work.registry import Kind, WorkContext
from lambdas.work.time_limit import TimeLimitReached, time_limit


def validated(kind: Kind[Any], payload: JsonValue) -> Any:
    """Convert a payload to its kind's model.

    Raises:
        InvalidWork: The payload is invalid for the model.
    """
    try:
        return kind.payload.model_validate(payload)
    except ValidationError as error:
        raise InvalidWork(f"the payload does not fit {kind.name}: {error}") from error


class TimedOut(SystemFailure):
    """The work exceeded the timeout of its kind."""


def perform(kind: Kind[Any], payload: Any, context: WorkContext) -> object:
    """Perform the work of an attempt, and return its result.

    Raises:
        TimedOut: The work exceeded the timeout of its kind.
        UnknownFailure: The work raised a BaseException that is not an Exception, such as SystemExit or
            asyncio's CancelledError. It would end the function, and the attempt would be lost along with its
            cause.
        Exception: Any other exception raised by the work.
    """
    try:
        with time_limit(kind.timeout):
            return kind.perform(payload, context)
    except (Exception, KeyboardInterrupt):
        raise
    except TimeLimitReached as error:
        raise TimedOut(f"the work was stopped after {kind.timeout:g} s, its timeout") from error
    except BaseException as error:
        raise UnknownFailure(f"{type(error).__name__}: {classify(error).message}") from error


def as_json(result: object, kind: str) -> JsonValue:
    """Convert a result to the JSON value that is stored.

    Raises:
        InvalidWork: The result cannot be represented as JSON.
    """
    try:
        value: JsonValue = strict_json.loads(strict_json.dumps(result))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidWork(f"the result of {kind} is not JSON: {error}") from error
    return value
