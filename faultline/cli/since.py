"""Parsing of the option `--since`: a duration such as `90m` or `7d`, or a time."""

from datetime import datetime

import typer

from faultline.operations.durations import duration


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
