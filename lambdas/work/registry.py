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
    """Base of the payloads' models: camelCase in JSON, unknown keys refused, frozen."""


@dataclass(frozen=True, kw_only=True)
class WorkContext:
    """What work may know of the attempt it is.

    Attributes:
        attempt: 1 is the first.
        idempotency_key: the same for every attempt; send it on, so that effects happen once.
        remaining_seconds: how long until the function is killed.
        may_reach_private_addresses: whether work may talk to loopback and private networks.
    """

    task_id: str
    attempt: int
    idempotency_key: str
    correlation_id: str
    remaining_seconds: Callable[[], float]
    may_reach_private_addresses: bool


DEFAULT_RETRY = RetryPolicy()

type Perform[P: BaseModel] = Callable[[P, WorkContext], JsonValue]


@dataclass(frozen=True, kw_only=True)
class Kind[P: BaseModel]:
    """A kind of work.

    Attributes:
        perform: returns the task's result, or raises (see `lambdas.domain.errors`).
        retry: for errors whose category is not in `retry_on`.
        retry_on: how errors of these categories are retried instead.
        dependency: names what a payload's work depends on, at most 200 characters; work whose dependency
            keeps failing is not tried for a while (a circuit breaker). None when there is no such thing.
    """

    name: str
    payload: type[P]
    perform: Perform[P]
    retry: RetryPolicy
    retry_on: Mapping[Category, RetryPolicy] = field(default_factory=dict)
    dependency: Callable[[P], str] | None = None

    @property
    def maximum_attempts(self) -> int:
        """The most attempts that a task of this kind may have, whatever its errors are."""
        return max(policy.maximum_attempts for policy in (self.retry, *self.retry_on.values()))

    def policy(self, category: Category) -> RetryPolicy:
        """How a failure of this category is retried."""
        return self.retry_on.get(category, self.retry)


def kind[P: BaseModel](
    name: str,
    *,
    retry: RetryPolicy = DEFAULT_RETRY,
    retry_on: Mapping[Category, RetryPolicy] | None = None,
    dependency: Callable[[Any], str] | None = None,
) -> Callable[[Perform[P]], Kind[P]]:
    """Make a function a kind of work; the type of its first parameter is the payload's model. See `Kind`.

    Raises:
        TypeError: that parameter is not annotated with a pydantic model.
    """

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
        )

    return decorate


class UnknownKind(LookupError):
    """No kind of that name is registered."""


class Registry:
    """The kinds by name.

    Raises:
        ValueError: two kinds have one name.
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

    def __iter__(self) -> Iterator[Kind[Any]]:
        return iter(self._kinds.values())
