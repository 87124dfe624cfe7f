"""Definition and registration of kinds of work.

Example:
    >>> class Resize(Payload):
    ...     width: int
    >>> @kind("image.resize", retry=RetryPolicy(maximum_attempts=2))
    ... def resize(payload: Resize, context: WorkContext) -> JsonValue:
    ...     return {"width": payload.width}
    >>> registry = Registry([resize])
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from lambdas.domain.errors import Category
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.serialization import JsonModel
from lambdas.work.definition_checks import (
    InvalidKind,
    check_dependency,
    check_name,
    check_timeout,
    checked_policies,
    payload_of,
)


class Payload(JsonModel):
    """Base class of payload models: immutable, with camelCase keys in JSON; unknown keys are rejected."""


def no_secrets(name: str) -> str:
    """Raise LookupError, since no secrets are declared."""
    raise LookupError(f"no secret is named {name}; [secrets] in faultline.toml names none")


def never_cancelled() -> bool:
    """Return False: cancellation is never requested."""
    return False


@dataclass(frozen=True, kw_only=True)
class WorkContext:
    """Information about the current attempt, passed to the function of the kind of work.

    Attributes:
        task_id: Id of the task.
        attempt: Number of the attempt; 1 is the first.
        stage: Name of the stage, such as `prod`.
        idempotency_key: Idempotency key, the same for every attempt of a generation. Pass it to the systems
            that the work calls, so that effects happen once.
        correlation_id: Correlation id of the task's submission.
        remaining_seconds: Function that returns the seconds until the work is stopped: at the timeout of its
            kind, or when the function times out.
        may_reach_private_addresses: Whether the work may connect to loopback and private networks.
        secrets: Function that returns the value of a secret by name; see `secret`.
        sign: Function that returns the headers that sign a request's body; None unless the task delivers a
            callback.
        asks_to_stop: Function that returns whether a client has asked to cancel the task; see `cancelled`.
    """

    task_id: str
    attempt: int
    idempotency_key: str
    correlation_id: str
    remaining_seconds: Callable[[], float]
    may_reach_private_addresses: bool
    stage: str = "dev"
    secrets: Callable[[str], str] = no_secrets
    sign: Callable[[bytes], Mapping[str, str]] | None = None
    asks_to_stop: Callable[[], bool] = never_cancelled

    @property
    def cancelled(self) -> bool:
        """Whether a client has asked to cancel the task; long work should check this regularly and raise.

        The task is read at most once a second. If the work then raises, the task ends CANCELLED instead of
        being retried or dead-lettered; if it returns a result, the task has succeeded nevertheless.
        """
        return self.asks_to_stop()

    def secret(self, name: str) -> str:
        """Return the value of a secret declared in the project's `faultline.toml`.

        Raises:
            LookupError: No secret has that name.
            SystemFailure: The secret cannot be read.
        """
        return self.secrets(name)


DEFAULT_RETRY = RetryPolicy()
DEFAULT_TIMEOUT = 30.0
MAX_DEPENDENCY_LENGTH = 200
"""Maximum length of a dependency's name, in characters: it names a subsegment of a trace.
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html"""
MARGIN_SECONDS = 5.0
"""Seconds that an invocation needs besides the work, to begin an attempt and to record its outcome."""

type Perform[P: BaseModel] = Callable[[P, WorkContext], object]


@dataclass(frozen=True, kw_only=True)
class Kind[P: BaseModel]:
    """A kind of work: a function with the model of its payload and its policies.

    Attributes:
        name: Name of the kind in submissions.
        payload: Model of the payload.
        perform: Function that performs the work: it returns a result that is JSON or can be converted to it,
            or raises (see `lambdas.domain.errors`).
        retry: Retry policy for errors whose category is not in `retry_on`.
        retry_on: Retry policies by category.
        dependency: Function that returns the name of the dependency for a payload, at most
            MAX_DEPENDENCY_LENGTH characters. Each dependency has a circuit breaker: while it keeps failing,
            its tasks are parked. None disables this.
        timeout: Maximum duration of an attempt in seconds. Work that takes longer is stopped, and the attempt
            fails with category SYSTEM. Late in an invocation, no attempt begins if less time than this is
            left. Defaults to 30 s.
    """

    name: str
    payload: type[P]
    perform: Perform[P]
    retry: RetryPolicy
    retry_on: Mapping[Category, RetryPolicy] = field(default_factory=dict)
    dependency: Callable[[P], str] | None = None
    timeout: float = DEFAULT_TIMEOUT

    def __call__(self, payload: P, context: WorkContext) -> Any:
        """Perform the work like an ordinary function, without a timeout or a circuit."""
        return self.perform(payload, context)

    @property
    def maximum_attempts(self) -> int:
        """Largest number of attempts that any of the policies allows."""
        return max(policy.maximum_attempts for policy in (self.retry, *self.retry_on.values()))

    def policy(self, category: Category) -> RetryPolicy:
        """Return the retry policy for errors of a category."""
        return self.retry_on.get(category, self.retry)


def kind[P: BaseModel](
    name: str,
    *,
    retry: RetryPolicy = DEFAULT_RETRY,
    retry_on: Mapping[Category, RetryPolicy] | None = None,
    dependency: Callable[[Any], str] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Callable[[Perform[P]], Kind[P]]:
    """Decorator that turns a function into a kind of work.

    The annotation of the function's first parameter is the model of the payload.

    Args:
        name: Name of the kind in submissions.
        retry: See `Kind`.
        retry_on: See `Kind`.
        dependency: See `Kind`.
        timeout: See `Kind`.

    Raises:
        InvalidKind: An argument or the function is invalid.
    """
    check_name(name)
    check_timeout(name, timeout)
    check_dependency(name, dependency)
    by_category = checked_policies(name, retry, retry_on or {})

    def decorate(perform: Perform[P]) -> Kind[P]:
        return Kind(
            name=name,
            payload=cast(type[P], payload_of(name, perform)),
            perform=perform,
            retry=retry,
            retry_on=by_category,
            dependency=dependency,
            timeout=timeout,
        )

    return decorate


class UnknownKind(LookupError):
    """No kind of work has this name."""


class KindUnusable(UnknownKind):
    """No kind of work has this name, but a module that failed to load may define it.

    Attributes:
        module: The first module that could not be imported or whose kinds could not be registered.
    """

    def __init__(self, message: str, module: "UnusableModule") -> None:
        super().__init__(message)
        self.module = module


@dataclass(frozen=True, kw_only=True)
class UnusableModule:
    """A module that cannot be imported, or defines a kind that cannot be registered.

    Attributes:
        name: Name of the module.
        file: File in which the error occurred.
        line: Line in which the error occurred.
        reason: One-line description of the error.
        error: The error.
    """

    name: str
    file: str
    line: int
    reason: str
    error: BaseException

    @classmethod
    def of(cls, name: str, error: BaseException, reason: str = "") -> "UnusableModule":
        """Create an instance from an error, located by the error or its traceback in the module's package."""
        package = name.partition(".")[0]
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if package in Path(frame.filename).with_suffix("").parts]
        if isinstance(error, InvalidKind) and error.file:
            file, line = error.file, error.line
        elif isinstance(error, SyntaxError):
            file, line = error.filename or name, error.lineno or 1
        elif own:
            file, line = own[-1].filename, own[-1].lineno or 1
        else:
            file, line = name, 1
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        said = reason or f"{type(error).__name__}: {text}".rstrip(": ")
        return cls(name=name, file=file, line=line, reason=" ".join(said.split()), error=error)

    def __str__(self) -> str:
        top = self.name.partition(".")[0]
        parts = Path(self.file).parts
        at = max((n for n, part in enumerate(parts) if Path(part).stem == top), default=0)
        return f"{Path(*parts[at:]).as_posix()}:{self.line}: {self.reason}"


class Registry:
    """Registry of kinds of work by name.

    Looking up a name that is not registered raises UnknownKind, or KindUnusable if modules are missing.

    Args:
        kinds: The kinds to register.
        unusable: Modules whose kinds are missing.

    Raises:
        ValueError: Two kinds have the same name.
    """

    def __init__(self, kinds: Iterable[Kind[Any]], unusable: Iterable[UnusableModule] = ()) -> None:
        self.unusable = tuple(unusable)
        self._kinds: dict[str, Kind[Any]] = {}
        for each in kinds:
            if each.name in self._kinds:
                raise ValueError(f"two kinds of work are named {each.name}")
            self._kinds[each.name] = each

    def __getitem__(self, name: str) -> Kind[Any]:
        try:
            return self._kinds[name]
        except KeyError:
            known = ", ".join(sorted(self._kinds))
            if self.unusable:
                first = self.unusable[0]
                raise KindUnusable(f"no kind of work is named {name}; {first}", first) from first.error
            raise UnknownKind(f"no kind of work is named {name}; there are: {known}") from None

    def longest_seconds(self, name: str | None) -> float:
        """Return the timeout of a kind in seconds; if the kind is unknown, the longest of all timeouts."""
        found = [kind for kind in self if kind.name == name] or [*self]
        return max((kind.timeout for kind in found), default=DEFAULT_TIMEOUT)

    def __iter__(self) -> Iterator[Kind[Any]]:
        return iter(self._kinds.values())
