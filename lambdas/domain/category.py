"""Error categories, which determine whether and how an attempt is retried."""

from enum import StrEnum
from http import HTTPStatus


class Category(StrEnum):
    """Category of an error, which determines whether and how an attempt is retried."""

    VALIDATION = "VALIDATION"
    NETWORK = "NETWORK"
    RATE_LIMIT = "RATE_LIMIT"
    SYSTEM = "SYSTEM"
    UNKNOWN = "UNKNOWN"

    @property
    def retryable(self) -> bool:
        """Whether another attempt may succeed."""
        return self is not Category.VALIDATION


def category_of_status(status: int) -> Category:
    """Return the category of an HTTP error status, else UNKNOWN (RFC 9110, sections 15.5 and 15.6)."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Category.RATE_LIMIT
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY):
        return Category.NETWORK
    if 400 <= status < 500:
        return Category.VALIDATION
    if 500 <= status < 600:
        return Category.SYSTEM
    return Category.UNKNOWN
