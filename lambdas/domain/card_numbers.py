"""Payment card numbers in a text: told from other long numbers by their length, issuer and check digit.

One in ten numbers passes the check digit (ISO/IEC 7812-1, annex B). So it alone would take times in
milliseconds, ids and amounts for cards; the first digits, which name the issuer, rule most of them out.
"""

import re
from collections.abc import Iterator
from itertools import accumulate

SHORTEST, LONGEST = 13, 19

# UUIDs are looked for first, so that no part of one is taken for a card. Elsewhere digits come in groups that
# a space or a hyphen separates; no group that touches a letter, or a decimal point, is part of a card.
_GROUP = r"(?<!\w)(?<![0-9]\.)[0-9]++(?!\w|\.[0-9])"
_NUMBERS = re.compile(
    r"(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\w)"
    rf"|(?P<groups>{_GROUP}(?:[ -]{_GROUP})*+)",
    re.IGNORECASE | re.ASCII,
)
_DIGITS = re.compile("[0-9]+")

# Travel, banks, merchants: 3 to 6. Of 2 only the ranges 2200 and on, which have 16 digits at least: what is
# shorter, or begins 20 and 21, is mostly a date. None begins with 1, as times since 1970 do.
_FIRST_DIGITS = "23456"
_ISSUED = re.compile(r"[3-6][0-9]{12,18}|2[2-7][0-9]{14,17}")


def card_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where cards' numbers begin and end in a text, in its order."""
    for found in _NUMBERS.finditer(text):
        if found["groups"] is not None:
            yield from _among([group.span() for group in _DIGITS.finditer(text, *found.span())], text)


def _among(groups: list[tuple[int, int]], text: str) -> Iterator[tuple[int, int]]:
    """The cards that are made of whole groups of a row; of those that begin at a place, the longest."""
    digits = "".join(text[begin:end] for begin, end in groups)
    ends_at = dict(zip(accumulate(end - begin for begin, end in groups), groups, strict=True))
    place, free = 0, 0
    for begin, end in groups:
        if place >= free and digits[place] in _FIRST_DIGITS:
            for length in range(LONGEST, SHORTEST - 1, -1):
                last = ends_at.get(place + length)
                if last and is_card_number(digits[place : place + length]):
                    yield begin, last[1]
                    free = place + length
                    break
        place += end - begin


def is_card_number(digits: str) -> bool:
    """Whether ASCII digits, without separators, are a card's number."""
    return _ISSUED.fullmatch(digits) is not None and _checksum(digits) == 0


def _checksum(digits: str) -> int:
    """0 for a number whose last digit is its check digit (the Luhn formula, ISO/IEC 7812-1, annex B)."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(n - 9 if n > 9 else n for n in doubled)) % 10
