"""Errors of attempts, and their categories.

    WorkError                  base class
    ├── InvalidWork            VALIDATION: the task can never succeed; it is not retried
    ├── NetworkFailure         NETWORK: the remote service could not be reached, or timed out
    ├── RateLimited            RATE_LIMIT: the remote service refused the call to limit its load
    ├── SystemFailure          SYSTEM: the remote service failed
    └── UnknownFailure         UNKNOWN: any other failure

A kind of work may raise any other exception as well; `classify` determines its category.
"""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from pydantic import Field

from lambdas.domain.category import Category as Category  # part of this module's vocabulary
from lambdas.domain.category import category_of_status
from lambdas.domain.hidden_texts import without_hidden
from lambdas.domain.leaf_errors import leaf_errors
from lambdas.domain.library_errors import library_category, os_error_category
from lambdas.domain.serialization import STORED, JsonModel

MAX_MESSAGE_CHARACTERS = 1000


class WorkError(Exception):
    """Base class of the errors that a kind of work raises to report a failed attempt.

    Args:
        message: Human-readable description of the failure; by default, the name of the class.
        retry_after: Seconds to wait before the next attempt, as requested by the remote service; None if it
            requested no delay.
        answered: Whether an InvalidWork is the remote service's own answer, which shows that it is healthy.
            Set this if you raise one for an answer without a library's error as its cause.
    """

    category = Category.UNKNOWN
    simulated = False
    """Whether the failure was simulated."""
    # Defaults for subclasses that do not call this constructor, such as dataclasses.
    retry_after: float | None = None
    answered: bool = False

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, answered: bool = False
    ) -> None:
        super().__init__(message or type(self).__name__)
        self.retry_after = retry_after
        self.answered = answered


class InvalidWork(WorkError):
    """The task can never succeed, so it is not retried."""

    category = Category.VALIDATION


class NetworkFailure(WorkError):
    """The remote service could not be reached, or did not respond in time."""

    category = Category.NETWORK


class RateLimited(WorkError):
    """The remote service refused the call to limit its load."""

    category = Category.RATE_LIMIT


class SystemFailure(WorkError):
    """The remote service failed."""

    category = Category.SYSTEM


class UnknownFailure(WorkError):
    """The attempt failed for any other reason."""

    category = Category.UNKNOWN


WORK_ERRORS: Mapping[Category, type[WorkError]] = {
    error.category: error
    for error in (InvalidWork, NetworkFailure, RateLimited, SystemFailure, UnknownFailure)
}


class TaskError(JsonModel):
    """Error of an attempt or a task: `{category, type, message, retryable, simulated?, traceback?}`."""

    model_config = STORED

    category: Annotated[Category, Field(description="Category, which determines how the task is retried.")]
    type: Annotated[str, Field(description="Name of the exception class.")]
    message: Annotated[
        str, Field(description=f"Error message, at most {MAX_MESSAGE_CHARACTERS:,} characters.")
    ]
    retryable: Annotated[bool, Field(description="Whether errors of this category are retried.")]
    simulated: Annotated[bool | None, Field(description="True if the failure was simulated.")] = None
    traceback: Annotated[
        str | None,
        Field(description="Traceback of the task's last error, with private data masked as in the logs."),
    ] = None

    @property
    def without_traceback(self) -> "TaskError":
        """The error without its traceback, for histories and messages, which must stay small."""
        return self if self.traceback is None else self.model_copy(update={"traceback": None})

    @classmethod
    def of(cls, category: Category, type: str, message: str, *, simulated: bool = False) -> "TaskError":
        """Create an error; the secrets in its message are masked before it is cut."""
        return cls(
            category=category,
            type=type,
            # Lone surrogates, which Python uses in file names, cannot be stored.
            message=without_hidden(message)[:MAX_MESSAGE_CHARACTERS].encode(errors="replace").decode(),
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

    A WorkError has a category of its own. Other exceptions are classified by the rules for common libraries
    (`lambdas.domain.library_errors`), else by their type, else by an HTTP status in the attribute `status` or
    `status_code`. If nothing applies, the category is UNKNOWN. For an exception group, the result describes
    the first of its errors that may be retried, or else the first one.
    """
    leaves = leaf_errors(error)
    categories = [*map(_category, leaves)]
    chosen = next((index for index, category in enumerate(categories) if category.retryable), 0)
    leaf, more = leaves[chosen], len(leaves) - 1
    text = _text(leaf) + (f" (and {more} more error{'s' if more > 1 else ''})" if more else "")
    simulated = isinstance(leaf, WorkError) and leaf.simulated
    return TaskError.of(categories[chosen], type(leaf).__name__, text, simulated=simulated)


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
    with suppress(Exception):  # the contents of an error may be anything
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
