"""Patterns that compare one property of JSON events with a text: `{ $.status = "5*" }`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
Messages that are not JSON objects never match. Other conditions, which AWS supports too, are refused.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern

COMPARISON = re.compile(
    r'\{\s*\$\.(?P<path>[\w-]+(?:\.[\w-]+)*)\s*=\s*"(?P<text>(?:[^"\\]|\\.)*)"\s*\}', re.ASCII
)
ESCAPED = re.compile(r'\\(["\\])')
UNSUPPORTED: Final = 'The sandbox reads JSON patterns of the form { $.field = "text" } only'


def parse_json_pattern(pattern: str) -> Callable[[str], bool]:
    """Return a function that returns whether a message matches.

    An asterisk at either end of the text stands for any characters.

    Raises:
        InvalidPattern: AWS refuses the pattern, or the sandbox does not support it.
    """
    if not pattern.endswith("}"):
        raise InvalidPattern("If a filter pattern starts with '{' it must end with '}'")
    comparison = COMPARISON.fullmatch(pattern)
    if comparison is None:
        raise InvalidPattern(UNSUPPORTED)
    path, same = comparison["path"].split("."), _same_text(ESCAPED.sub(r"\1", comparison["text"]))

    def matches(message: str) -> bool:
        try:
            value = DECODER.decode(message)
        except (ValueError, RecursionError):
            return False
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return isinstance(value, str) and same(value)

    return matches


def _same_text(text: str) -> Callable[[str], bool]:
    rest = text.removeprefix("*")
    anything_before = rest != text
    start = rest.removesuffix("*")
    anything_after = start != rest
    if anything_before and anything_after:
        return lambda value: start in value
    if anything_before:
        return lambda value: value.endswith(start)
    return (lambda value: value.startswith(start)) if anything_after else start.__eq__


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


DECODER: Final[Any] = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_number)
"""Decoder that keeps numbers as written: `1` does not equal `1.0`."""
