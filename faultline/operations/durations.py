"""Parsing of durations, such as `90m` and `7d`."""

import re
from datetime import timedelta

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
