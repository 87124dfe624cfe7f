"""Patterns for events of fields with spaces between: `[ip, ..., status = 4* && status != 404, bytes > 1000]`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-spaced-delimited-log-events.html
"""

import re
from collections import deque
from collections.abc import Callable
from typing import Final

from sandbox.services.logs.filter_patterns.comparison import IS_NUMBER, Number, comparison
from sandbox.services.logs.filter_patterns.conditions import Condition, check_regexes, parse_conditions
from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.tokens import Token, tokens

FIELD = re.compile(r"\S+")
CLOSING: Final = {'"': '"', "[": "]"}
NAME = re.compile(r"[A-Za-z0-9_]+")


def parse_field_pattern(pattern: str) -> Callable[[str], bool]:
    """What is true of the messages that match. Raises InvalidPattern."""
    if not pattern.endswith("]"):
        raise InvalidPattern("If a filter pattern starts with '[' it must end with ']'")
    found = tokens(pattern[1:-1])
    check_regexes(found)
    names: list[str] = []
    conditions: list[Condition | None] = []
    while True:
        name, condition = _field(found)
        if name and name in names:
            raise InvalidPattern(f"Duplicate field '{name}'")
        names.append(name)
        conditions.append(condition)
        if found[0].kind == "end":
            break
        if found.popleft() != Token("sign", ","):
            raise InvalidPattern
    if names == [""]:
        return lambda _: True
    if "..." not in names:
        return lambda message: _meet(conditions, split(message, len(names)))
    before = conditions[: names.index("...")]
    after = conditions[len(before) + 1 :]

    def matches(message: str) -> bool:
        fields = split(message)
        rest = fields[max(len(before), len(fields) - len(after)) :]
        return _meet(before, fields[: len(before)]) and _meet(after, rest)

    return matches


def _field(pattern: deque[Token]) -> tuple[str, Condition | None]:
    """The name of the next field, or none, and its condition, if it has one."""
    if pattern[0].kind == "ellipsis":
        return pattern.popleft().text, None
    if pattern[0].kind == "end" or pattern[0] == Token("sign", ","):
        return "", None
    if pattern[0].kind == "word" and NAME.fullmatch(pattern[0].text) and pattern[1].kind != "operator":
        return pattern.popleft().text, None
    own = next(each.text for each in pattern if each.text != "(")

    def condition(found: deque[Token]) -> Condition:
        if found.popleft() != Token("word", own) or not NAME.fullmatch(own) or found[0].kind != "operator":
            raise InvalidPattern
        return comparison(found.popleft().text, found.popleft())

    return own, parse_conditions(pattern, condition)


def split(message: str, most: int = 0) -> list[str]:
    """A message's fields; what is in quotes or brackets is one; the last of `most` is all the rest."""
    message = message.strip()
    last = {opening: message.rfind(closing) for opening, closing in CLOSING.items()}
    fields: list[str] = []
    at = 0
    while found := FIELD.search(message, at):
        start, at = found.span()
        opening = message[start]
        enclosed = last.get(opening, -1) > start
        if enclosed:
            at = message.index(CLOSING[opening], start + 1) + 1
        if len(fields) + 1 == most and at < len(message):
            return [*fields, message[start:]]
        fields.append(message[start + 1 : at - 1] if enclosed else message[start:at])
    return fields


def _meet(conditions: list[Condition | None], fields: list[str]) -> bool:
    return len(conditions) == len(fields) and all(
        condition is None or condition(Number(field) if IS_NUMBER.fullmatch(field) else field)
        for condition, field in zip(conditions, fields, strict=True)
    )
