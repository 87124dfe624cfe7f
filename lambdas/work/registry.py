"""Kinds of work: a name, a model of the payload, a function, how it is retried, and what it depends on.

Example:
    >>> class Resize(Payload):
    ...     width: int
    >>> @kind("image.resize", retry=RetryPolicy(maximum_attempts=2))
    ... def resize(payload: Resize, context: WorkContext) -> JsonValue:
    ...     return {"width": payload.width}
    >>> registry = Registry([resize])
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, JsonValue

from lambdas.domain.errors import Category
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.serialization import JsonModel


class Payload(JsonModel):
    """Base of the models of payloads: frozen, camelCase in JSON, and without unknown keys."""


@dataclass(frozen=True, kw_only=True)
class WorkContext:
    """What work is told about its attempt.

    Attributes:
        task_id: Of the task.
        attempt: Number of the attempt; 1 is the first.
        idempotency_key: Key that is the same for every attempt; pass it on, so that effects happen once.
        correlation_id: Of the task's submission.
        remaining_seconds: Returns the time until the function is killed.
        may_reach_private_addresses: Whether work may connect to loopback and private networks.
    """

    task_id: str
    attempt: int
    idempotency_key: str
    correlation_id: str
    remaining_seconds: Callable[[], float]
    may_reach_private_addresses: bool


DEFAULT_RETRY = RetryPolicy()
DEFAULT_LONGEST_SECONDS = 30.0
MARGIN_SECONDS = 5.0
"""Time that an invocation needs besides its work: to begin, and to record the outcome of an attempt."""

type Perform[P: BaseModel] = Callable[[P, WorkContext], JsonValue]


@dataclass(frozen=True, kw_only=True)
class Kind[P: BaseModel]:
    """A kind of work.

    Attributes:
        name: Names the kind in submissions.
        payload: Model of the payload.
        perform: Does the work: returns the result, or raises (see `lambdas.domain.errors`).
        retry: Retry policy for errors whose category is not in `retry_on`.
        retry_on: Retry policies by category.
        dependency: Returns the name of what the work on a payload depends on, at most 200 characters. It gets
            a circuit breaker: while it keeps failing, such work is parked. None disables that.
        longest_seconds: The longest time that the work may take; give the calls that it makes such timeouts.
            An attempt is not begun when less is left of its invocation. Defaults to 30 s.
    """

    name: str
    payload: type[P]
    perform: Perform[P]
    retry: RetryPolicy
    retry_on: Mapping[Category, RetryPolicy] = field(default_factory=dict)
    dependency: Callable[[P], str] | None = None
    longest_seconds: float = DEFAULT_LONGEST_SECONDS

    @property
    def maximum_attempts(self) -> int:
        """The largest number of attempts that any of the policies allows."""
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
    longest_seconds: float = DEFAULT_LONGEST_SECONDS,
) -> Callable[[Perform[P]], Kind[P]]:
    """Decorate a function to make it a kind of work; the type of its first parameter models the payload.

    Args:
        name: Names the kind in submissions.
        retry: See `Kind`.
        retry_on: See `Kind`.
        dependency: See `Kind`.
        longest_seconds: See `Kind`.

    Raises:
        TypeError: The first parameter is not annotated with a pydantic model.
        ValueError: The longest time is not positive.
    """
    if longest_seconds <= 0:
        raise ValueError(f"longest_seconds of {name} must be positive, not {longest_seconds}")

    def decorate(perform: Perform[P]) -> Kind[P]:
        first = next(iter(inspect.signature(perform).parameters), "")
        model = get_type_hints(perform).get(first)
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"the first parameter of {name} must be annotated with its payload")
        return Kind(
            name=name,
            payload=cast(type[P], model),
            perform=perform,
            retry=retry,
            retry_on=retry_on or {},
            dependency=dependency,
            longest_seconds=longest_seconds,
        )

    return decorate


class UnknownKind(LookupError):
    """No kind of this name is registered."""


class Registry:
    """The kinds of work by name.

    Raises:
        ValueError: Two kinds have the same name.
    """

    def __init__(self, kinds: Iterable[Kind[Any]]) -> None:
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
            raise UnknownKind(f"no kind of work is named {name}; there are: {known}") from None

    def longest_seconds(self, name: str | None) -> float:
        """Return the longest time that work of a kind may take; of any kind, when the kind is not known."""
        found = [kind for kind in self if kind.name == name] or [*self]
        return max((kind.longest_seconds for kind in found), default=DEFAULT_LONGEST_SECONDS)

    def __iter__(self) -> Iterator[Kind[Any]]:
        return iter(self._kinds.values())
