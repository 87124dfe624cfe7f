"""Parsing of durations and times, such as `90m`, `7d` and `2026-01-31T12:00:00Z`."""

import re
from datetime import datetime, timedelta

import typer

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str, units: str = "smhdw") -> timedelta | None:
    """Parse a duration such as `24h`; None if the text is not one.

    Args:
        text: The text to parse.
        units: Letters of UNITS that are allowed.
    """
    found = re.fullmatch(rf"([0-9]{{1,9}})([{units}])", text)
    try:
        return timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None
    except OverflowError:
        return None


def since_when(text: str, now: datetime) -> datetime:
    """Parse the start of a period: a duration before `now`, such as `24h`, or an RFC 3339 time.

    Raises:
        typer.BadParameter: If the text is neither, or the time is in the future.
    """
    try:
        if (ago := duration(text)) is not None:
            return now - ago
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise _not_a_time(text) from error
    if moment.tzinfo is None:
        raise _not_a_time(text)
    if moment > now:
        raise typer.BadParameter(f"{text} is in the future", param_hint="'--since'")
    return moment


def _not_a_time(text: str) -> typer.BadParameter:
    return typer.BadParameter(
        f"{text!r} is neither a duration, such as 24h or 7d, nor a time with an offset, such as "
        "2026-01-31T12:00:00Z",
        param_hint="'--since'",
    )
