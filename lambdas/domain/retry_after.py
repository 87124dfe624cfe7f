"""Parsing of the Retry-After header."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Parse a Retry-After header, a number or an HTTP date (RFC 9110, section 10.2.3).

    Returns:
        The seconds to wait; None if there is no header or it cannot be parsed.
    """
    if header is None:
        return None
    if header.strip().isdigit() and header.isascii():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # OverflowError: an absurd zone offset
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
