"""Patterns for JSON events: `{ $.level = "ERROR" && ($.latency > 1e3 || $.user NOT EXISTS) }`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html

An event that is no JSON object matches none of them.
"""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final, NoReturn

from sandbox.services.logs.filter_patterns.comparison import Number, comparison
from sandbox.services.logs.filter_patterns.conditions import Condition, check_regexes, parse_conditions
from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.selector import Selector, is_wildcard, parse_selector
from sandbox.services.logs.filter_patterns.tokens import Token, tokens

WILDCARDS_MAX = 3
TOO_MANY_WILDCARDS = f"Your filter pattern exceeds the maximum of {WILDCARDS_MAX} wildcards allowed."
VALUES: Final = {"NULL": None, "TRUE": True, "FALSE": False}


def parse_json_pattern(pattern: str) -> Callable[[str], bool]:
    """What is true of the messages that match. Raises InvalidPattern."""
    if not pattern.endswith("}"):
        raise InvalidPattern("If a filter pattern starts with '{' it must end with '}'")
    found = tokens(pattern[1:-1])
    check_regexes(found)
    if sum(token.kind == "selector" and is_wildcard(token.text) for token in found) > WILDCARDS_MAX:
        raise InvalidPattern(TOO_MANY_WILDCARDS)
    condition = parse_conditions(found, _condition)
    if found[0].kind != "end":
        raise InvalidPattern
    return lambda message: _matches(condition, message)


def _matches(condition: Condition, message: str) -> bool:
    try:
        event = DECODER.decode(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and condition(event)


def _condition(pattern: deque[Token]) -> Condition:
    if pattern[0].kind != "selector":
        raise InvalidPattern
    select = parse_selector(pattern.popleft().text)
    token = pattern.popleft()
    if token.kind == "operator":
        test = comparison(token.text, pattern.popleft())
        return lambda event: any(test(value) for value in select(event))
    if token == Token("word", "NOT") and pattern.popleft() == Token("word", "EXISTS"):
        return lambda event: not select(event)
    if token == Token("word", "IS"):
        return _is(select, pattern.popleft())
    raise InvalidPattern


def _is(select: Selector, token: Token) -> Condition:
    if token.kind != "word" or token.text not in VALUES:
        raise InvalidPattern
    wanted = VALUES[token.text]

    def one_is(event: Any) -> bool:
        return any(
            value is wanted or (isinstance(value, list) and _has(value, wanted)) for value in select(event)
        )

    return one_is


def _has(values: list[Any], wanted: bool | None) -> bool:
    """An array is NULL when there is a null in it: it is so on AWS, though not in the documentation."""
    return wanted is None and any(value is None for value in values)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=_no_number)
