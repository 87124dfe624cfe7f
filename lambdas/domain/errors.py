"""Errors of attempts, and their categories.

    WorkError                  an attempt failed; work raises a subclass to say how
    ├── InvalidWork            VALIDATION: no attempt will ever succeed
    ├── NetworkFailure         NETWORK: the other side could not be reached, or not in time
    ├── RateLimited            RATE_LIMIT: the other side asked to come back later
    ├── SystemFailure          SYSTEM: something on the other side broke
    └── UnknownFailure         UNKNOWN: none of the above

Work may raise any other exception as well: `classify` determines the category.
"""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from pydantic import Field

from lambdas.domain.category import Category as Category  # part of this module's vocabulary
from lambdas.domain.category import category_of_status
from lambdas.domain.library_errors import library_category, os_error_category
from lambdas.domain.serialization import STORED, JsonModel

MAX_MESSAGE_CHARACTERS = 1000


class WorkError(Exception):
    """An attempt failed.

    Args:
        message: What happened, for people to read.
        retry_after: Seconds to wait before the next attempt, as requested by the other side; None if it
            requested no delay.
    """

    category = Category.UNKNOWN
    simulated = False
    """Whether the failure is a simulated one."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class InvalidWork(WorkError):
    """No attempt will ever succeed."""

    category = Category.VALIDATION


class NetworkFailure(WorkError):
    """The other side could not be reached, or not in time."""

    category = Category.NETWORK


class RateLimited(WorkError):
    """The other side asked to come back later."""

    category = Category.RATE_LIMIT


class SystemFailure(WorkError):
    """Something on the other side broke."""

    category = Category.SYSTEM


class UnknownFailure(WorkError):
    """Any other failure."""

    category = Category.UNKNOWN


WORK_ERRORS: Mapping[Category, type[WorkError]] = {
    error.category: error
    for error in (InvalidWork, NetworkFailure, RateLimited, SystemFailure, UnknownFailure)
}


class TaskError(JsonModel):
    """Why an attempt, or a task, failed: `{category, type, message, retryable, simulated?, traceback?}`."""

    model_config = STORED

    category: Annotated[Category, Field(description="How it is retried.")]
    type: Annotated[str, Field(description="The name of the exception.")]
    message: Annotated[str, Field(description=f"Its text, of at most {MAX_MESSAGE_CHARACTERS:,} characters.")]
    retryable: Annotated[bool, Field(description="Whether its category is retried at all.")]
    simulated: Annotated[bool | None, Field(description="True of a simulated failure.")] = None
    traceback: Annotated[
        str | None,
        Field(description="Of a whole task's last error: where the work failed, masked as logs are."),
    ] = None

    @property
    def without_traceback(self) -> "TaskError":
        """The error without its traceback, as kept in histories and messages, which must be small."""
        return self if self.traceback is None else self.model_copy(update={"traceback": None})

    @classmethod
    def of(cls, category: Category, type: str, message: str, *, simulated: bool = False) -> "TaskError":
        """Create an error whose message is shortened to a length that can be stored."""
        return cls(
            category=category,
            type=type,
            # Lone surrogates, which Python uses in file names, cannot be stored.
            message=message[:MAX_MESSAGE_CHARACTERS].encode(errors="replace").decode(),
            retryable=category.retryable,
            simulated=simulated or None,
        )


LOST_ATTEMPT = TaskError.of(
    Category.SYSTEM,
    "LostAttempt",
    "The attempt began and never reported back: the function crashed, ran out of memory or time, "
    "or could not write its result.",
)

# The first match wins, after the rules for libraries. TimeoutError and ConnectionError are OSErrors.
_BY_TYPE: tuple[tuple[type[BaseException], Category], ...] = (
    (TimeoutError, Category.NETWORK),
    (ConnectionError, Category.NETWORK),
    (socket.gaierror, Category.NETWORK),
    (ssl.SSLError, Category.NETWORK),
    (MemoryError, Category.SYSTEM),
)


def classify(error: BaseException) -> TaskError:
    """Convert an exception to a TaskError with a category.

    The category comes from the exception itself, else from its type, else from its HTTP status. Errors of
    common libraries are classified by their contents (`lambdas.domain.library_errors`). The status is read
    from the attribute `status` or `status_code`, as HTTP libraries name it. If nothing applies, the category
    is UNKNOWN.
    """
    simulated = isinstance(error, WorkError) and error.simulated
    return TaskError.of(_category(error), type(error).__name__, _text(error), simulated=simulated)


def _text(error: BaseException) -> str:
    """Return the text of an exception, even if its own methods raise."""
    for read in (str, repr):
        with suppress(Exception):
            if text := read(error):
                return text
    return "its text cannot be read"


def _category(error: BaseException) -> Category:
    if isinstance(error, WorkError):
        return error.category
    with suppress(Exception):  # what an error carries may be anything
        if found := library_category(error):
            return found
    for kind, category in _BY_TYPE:
        if isinstance(error, kind):
            return category
    if isinstance(error, OSError):
        return os_error_category(error)
    for attribute in ("status", "status_code"):
        with suppress(Exception):  # a property may raise
            status = getattr(error, attribute, None)
            if isinstance(status, int):
                return category_of_status(status)
    return Category.UNKNOWN
