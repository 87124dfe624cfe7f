"""Stored form of times: milliseconds since 1970, which take less space than text."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_milliseconds(moment: datetime) -> int:
    """Return the stored form of a time; fractions of a millisecond are dropped."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_moment(stored: int | str) -> datetime:
    """Parse a stored time: milliseconds since 1970, or RFC 3339 from earlier versions."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored)
    return _EPOCH + timedelta(milliseconds=stored)


def as_stored(moment: datetime) -> datetime:
    """Return a time as it is read after it has been stored: without microseconds."""
    return to_moment(to_milliseconds(moment))
