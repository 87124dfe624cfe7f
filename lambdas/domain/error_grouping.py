"""Grouping of error messages that differ only in ids, times and numbers."""

import re

MAX_CHARACTERS = 200

_UUID = re.compile(r"(?<!\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)", re.IGNORECASE)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9:]+)?")
# Letters and digits mixed, and longer than `sha256`.
_ID = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{8,}")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def generalised(reason: str) -> str:
    """Replace ids, times and numbers in an error message with placeholders; truncate it to MAX_CHARACTERS.

    >>> generalised("attempt 3 of order 4711-a1b2c3d4e5 got no answer from 127.0.0.1:8080 in 2.5 s")
    'attempt <n> of order <n>-<id> got no answer from <n>:<n> in <n> s'
    """
    for pattern, stand_in in ((_UUID, "<id>"), (_TIME, "<time>"), (_ID, "<id>"), (_NUMBER, "<n>")):
        reason = pattern.sub(stand_in, reason)
    return reason if len(reason) <= MAX_CHARACTERS else reason[: MAX_CHARACTERS - 1] + "…"
