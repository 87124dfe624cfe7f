"""Comparisons of a value, in a JSON event or of a field, with what a pattern says.

Strings and numbers can be compared; a comparison with anything else is never true, neither is its opposite.
A number's text is compared where the pattern has a string, and it is as it was written: `1` is not `1.0`.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern, invalid_at
from sandbox.services.logs.filter_patterns.regex import Regex
from sandbox.services.logs.filter_patterns.tokens import NUMBER, Token

IS_NUMBER = re.compile(NUMBER)
ORDERS: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
RESERVED = frozenset({"NULL", "null", "NOT", "EXISTS", "IS"})

type Test = Callable[[object], bool]


@dataclass(frozen=True)
class Number:
    """A number as it is written, in JSON or in a field."""

    text: str

    @property
    def value(self) -> float:
        """As a double; infinite when it is too large for one."""
        return float(self.text)


def comparison(sign: str, token: Token) -> Test:
    """Compare with `token` by one of = != < <= > >=. Raises InvalidPattern."""
    number = float(token.text) if token.kind == "word" and IS_NUMBER.fullmatch(token.text) else None
    if order := ORDERS.get(sign):
        if number is None:
            raise invalid_at(f'"{token.text}"') if token.kind == "string" else InvalidPattern
        return lambda value: isinstance(value, Number) and order(value.value, number)
    same = _same_text(token)

    def equal(value: object) -> bool:
        if isinstance(value, Number):
            return value.value == number if number is not None else same(value.text)
        return isinstance(value, str) and same(value)

    if sign == "=":
        return equal
    return lambda value: isinstance(value, str | Number) and not equal(value)


def _same_text(token: Token) -> Callable[[str], bool]:
    """A regular expression is searched for; an asterisk stands for any text before, or after, the rest.

    One within the rest stands for itself: `Ev*ent`, in AWS's documentation of September 2019.
    """
    if token.kind == "regex":
        return Regex(token.text).search
    if token.kind not in ("string", "word") or (token.kind == "word" and token.text in RESERVED):
        raise InvalidPattern
    text = token.text.removeprefix("*")
    before = text != token.text
    rest = text.removesuffix("*")
    after = rest != text
    if before and after:
        return lambda value: rest in value
    if before:
        return lambda value: value.endswith(rest)
    return (lambda value: value.startswith(rest)) if after else rest.__eq__
