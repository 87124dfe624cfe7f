"""Detection of payment card numbers in texts by length, issuer and check digit.

One in ten random numbers has a valid check digit (ISO/IEC 7812-1, annex B), so the check digit alone would
mistake timestamps in milliseconds, ids and amounts for cards. The leading digits, which identify the issuer,
rule out most of them.
"""

import re
from collections.abc import Iterator
from itertools import accumulate

SHORTEST, LONGEST = 13, 19

# UUIDs are matched first, so that no part of one is taken for a card. Otherwise digits come in groups
# separated by a space or a hyphen; a group next to a letter or a decimal point is not part of a card.
_GROUP = r"(?<!\w)(?<![0-9]\.)[0-9]++(?!\w|\.[0-9])"
_NUMBERS = re.compile(
    r"(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\w)"
    rf"|(?P<groups>{_GROUP}(?:[ -]{_GROUP})*+)",
    re.IGNORECASE | re.ASCII,
)
_DIGITS = re.compile("[0-9]+")

# Travel companies, banks and merchants use 3 to 6. Of 2, only the ranges from 2200 are issued, with at least
# 16 digits: shorter numbers, and those that begin with 20 or 21, are mostly dates. No card begins with 1, as
# times since 1970 do.
_FIRST_DIGITS = "23456"
_ISSUED = re.compile(r"[3-6][0-9]{12,18}|2[2-7][0-9]{14,17}")


def card_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end offsets of each card number in a text, in order."""
    for found in _NUMBERS.finditer(text):
        if found["groups"] is not None:
            yield from _among([group.span() for group in _DIGITS.finditer(text, *found.span())], text)


def _among(groups: list[tuple[int, int]], text: str) -> Iterator[tuple[int, int]]:
    """Yield the cards in adjacent groups of digits; a card spans whole groups, and the longest match wins."""
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
    """Return whether a string of ASCII digits without separators has the form of a card number."""
    return _ISSUED.fullmatch(digits) is not None and _checksum(digits) == 0


def _checksum(digits: str) -> int:
    """Return the checksum of a number, 0 if its check digit is valid (Luhn, ISO/IEC 7812-1, annex B)."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(n - 9 if n > 9 else n for n in doubled)) % 10
