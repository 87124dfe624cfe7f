"""Checks of a kind's definition, made where it is decorated, so that a mistake is reported with its place."""

import inspect
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, get_type_hints

from pydantic import BaseModel

from lambdas.domain.category import Category
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.submission import MAX_KIND_NAME_LENGTH, is_kind_name


class InvalidKind(ValueError):
    """A kind of work is defined wrongly.

    Attributes:
        file: File of the kind's function; empty if the error is in the decorator's arguments.
        line: Line of the kind's function.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.file = file
        self.line = line


def check_name(name: object) -> None:
    """Check the name of a kind.

    Raises:
        InvalidKind: Tasks of this name could not be submitted.
    """
    if not (isinstance(name, str) and is_kind_name(name)):
        raise InvalidKind(
            f"the name of a kind must be 1 to {MAX_KIND_NAME_LENGTH} letters, digits, dots, colons, hyphens "
            f"and underscores, not {name!r}"
        )


def check_timeout(name: str, timeout: object) -> None:
    """Check the timeout of a kind.

    Raises:
        InvalidKind: It is not a positive number.
    """
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not isfinite(timeout):
        raise InvalidKind(f"the timeout of {name} must be a number of seconds, not {timeout!r}")
    if timeout <= 0:
        raise InvalidKind(f"the timeout of {name} must be positive, not {timeout}")


def check_dependency(name: str, dependency: object) -> None:
    """Check the dependency of a kind.

    Raises:
        InvalidKind: It is neither a function nor None.
    """
    if dependency is not None and not callable(dependency):
        raise InvalidKind(
            f"the dependency of {name} must be a function that takes the payload, not {dependency!r}"
        )


def checked_policies(name: str, retry: object, retry_on: object) -> dict[Category, RetryPolicy]:
    """Check the retry policies of a kind, and return those for categories, whose names may be strings.

    Raises:
        InvalidKind: A policy is not a RetryPolicy, or there is no such category.
    """
    if not isinstance(retry, RetryPolicy):
        raise InvalidKind(f"retry of {name} must be a RetryPolicy, not {retry!r}")
    if not isinstance(retry_on, Mapping):
        raise InvalidKind(f"retry_on of {name} must be a dictionary, not {retry_on!r}")
    found = dict[Category, RetryPolicy]()
    for given, policy in retry_on.items():
        if given not in [*Category]:
            known = ", ".join(Category)
            raise InvalidKind(f"retry_on of {name}: {given!r} is no category; there are {known}")
        if not isinstance(policy, RetryPolicy):
            raise InvalidKind(f"retry_on of {name}: {given} must have a RetryPolicy, not {policy!r}")
        found[Category(given)] = policy
    return found


def payload_of(name: str, perform: Callable[..., object]) -> type[BaseModel]:
    """Check the function of a kind, and return the model of its payload.

    Raises:
        InvalidKind: It is no ordinary function of a payload and a context.
    """
    code = getattr(inspect.unwrap(perform), "__code__", None)
    if code is None:
        raise InvalidKind(f"{name} must be a function, not {type(perform).__name__}")

    def refused(reason: str) -> InvalidKind:
        return InvalidKind(reason, file=code.co_filename, line=code.co_firstlineno)

    if inspect.iscoroutinefunction(perform) or inspect.isasyncgenfunction(perform):
        raise refused(f"{name} must be an ordinary function, not async; within it, call asyncio.run(...)")
    if inspect.isgeneratorfunction(perform):
        raise refused(f"{name} must return its result, and not yield")
    signature = inspect.signature(perform)
    model: Any = get_type_hints(perform).get(next(iter(signature.parameters), ""))
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise refused(
            f"the first parameter of {name} must be annotated with a model of its payload, "
            f"a subclass of Payload, and not with {getattr(model, '__name__', model)}"
        )
    try:
        # A decorator may take fewer parameters than the function that it wraps, and provide the others.
        inspect.signature(perform, follow_wrapped=False).bind(None, None)
    except TypeError as error:
        raise refused(f"{name} is called with a payload and a context: {error}") from error
    return model
