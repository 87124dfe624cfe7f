"""Building blocks for the kinds of work of a project.

Example:
    >>> class Resize(Payload):
    ...     width: int
    >>> @kind("image.resize", timeout=20)
    ... def resize(payload: Resize, context: Context) -> dict[str, int]:
    ...     if payload.width <= 0:
    ...         raise InvalidWork("width must be positive")
    ...     return {"width": payload.width}
"""

from lambdas.domain.category import Category
from lambdas.domain.errors import (
    InvalidWork,
    NetworkFailure,
    RateLimited,
    SystemFailure,
    UnknownFailure,
    WorkError,
)
from lambdas.domain.retry import RetryPolicy
from lambdas.work.registry import Kind, Payload, kind
from lambdas.work.registry import WorkContext as Context

__all__ = [
    "Category",
    "Context",
    "InvalidWork",
    "Kind",
    "NetworkFailure",
    "Payload",
    "RateLimited",
    "RetryPolicy",
    "SystemFailure",
    "UnknownFailure",
    "WorkError",
    "kind",
]
