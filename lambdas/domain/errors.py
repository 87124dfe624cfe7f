"""What can go wrong with an attempt, and what it is called.

    WorkError                  an attempt failed; work raises one of these to say how
    ├── InvalidWork            VALIDATION: no attempt will ever succeed
    ├── NetworkFailure         NETWORK: could not be reached, or not in time
    ├── RateLimited            RATE_LIMIT: asked to come back later
    ├── SystemFailure          SYSTEM: something on the other side broke
    └── UnknownFailure         UNKNOWN: none of the above

Work may raise anything else as well: `classify` then decides by one table.
"""

import socket
import ssl
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from lambdas.domain.serialization import STORED, JsonModel

MAX_MESSAGE_CHARACTERS = 1000


class Category(StrEnum):
    VALIDATION = "VALIDATION"
    NETWORK = "NETWORK"
    RATE_LIMIT = "RATE_LIMIT"
    SYSTEM = "SYSTEM"
    UNKNOWN = "UNKNOWN"

    @property
    def retryable(self) -> bool:
        return self is not Category.VALIDATION


class WorkError(Exception):
    """An attempt failed.

    Args:
        message: what happened, for people.
        retry_after: seconds the other side asked to be left alone, or None.
    """

    category = Category.UNKNOWN

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class InvalidWork(WorkError):
    category = Category.VALIDATION


class NetworkFailure(WorkError):
    category = Category.NETWORK


class RateLimited(WorkError):
    category = Category.RATE_LIMIT


class SystemFailure(WorkError):
    category = Category.SYSTEM


class UnknownFailure(WorkError):
    category = Category.UNKNOWN


WORK_ERRORS: Mapping[Category, type[WorkError]] = {
    error.category: error
    for error in (InvalidWork, NetworkFailure, RateLimited, SystemFailure, UnknownFailure)
}


class TaskError(JsonModel):
    """Why an attempt, or a task, failed: `{category, type, message, retryable}`."""

    model_config = STORED

    category: Category
    type: str
    message: str
    retryable: bool

    @classmethod
    def of(cls, category: Category, type: str, message: str) -> "TaskError":
        return cls(
            category=category,
            type=type,
            # Lone surrogates, as Python has them in names of files, cannot be stored.
            message=message[:MAX_MESSAGE_CHARACTERS].encode(errors="replace").decode(),
            retryable=category.retryable,
        )


LOST_ATTEMPT = TaskError.of(
    Category.SYSTEM,
    "LostAttempt",
    "The attempt began and never reported back: the function crashed, ran out of memory or time, "
    "or could not write its result.",
)

# The first row that fits decides. TimeoutError and ConnectionError are OSErrors: order matters.
_BY_TYPE: tuple[tuple[type[BaseException], Category], ...] = (
    (TimeoutError, Category.NETWORK),
    (ConnectionError, Category.NETWORK),
    (socket.gaierror, Category.NETWORK),
    (ssl.SSLError, Category.NETWORK),
    (MemoryError, Category.SYSTEM),
    (OSError, Category.SYSTEM),
)


def category_of_status(status: int) -> Category:
    """Category of an HTTP status that is an error (RFC 9110, section 15.5 and on)."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Category.RATE_LIMIT
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY):
        return Category.NETWORK
    if 400 <= status < 500:
        return Category.VALIDATION
    if 500 <= status < 600:
        return Category.SYSTEM
    return Category.UNKNOWN


def classify(error: BaseException) -> TaskError:
    """Name an attempt's failure: by its own category, else its type, else its `status`, else UNKNOWN.

    A status code is read from the attribute `status` or `status_code`, as HTTP libraries have it.
    """
    message = str(error) or repr(error)
    return TaskError.of(_category(error), type(error).__name__, message)


def _category(error: BaseException) -> Category:
    if isinstance(error, WorkError):
        return error.category
    for kind, category in _BY_TYPE:
        if isinstance(error, kind):
            return category
    for attribute in ("status", "status_code"):
        status = getattr(error, attribute, None)
        if isinstance(status, int):
            return category_of_status(status)
    return Category.UNKNOWN
