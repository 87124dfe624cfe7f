"""Parsing of I-JSON (RFC 7493), the subset of JSON that all parsers read alike, with limited depth.

Python's own parser accepts NaN, numbers beyond a double, repeated keys (the last one wins) and lone
surrogates. Other parsers would read these differently, or not at all.
"""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

MAX_DEPTH = 64


class InvalidJson(ValueError):
    """The text is not valid I-JSON or is nested too deeply; the message says why."""


def loads(text: str | bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Parse I-JSON from outside.

    Raises:
        InvalidJson: The text is not JSON, is not allowed by RFC 7493, or is nested too deeply.
    """
    try:
        value = json.loads(
            # Python would also accept bytes in UTF-16 and UTF-32.
            text.decode() if isinstance(text, bytes) else text,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_finite,
            object_pairs_hook=_without_repeats,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except InvalidJson:
        raise
    except UnicodeEncodeError as error:
        raise InvalidJson("a string has a lone surrogate") from error
    except UnicodeDecodeError as error:
        raise InvalidJson("the text is not UTF-8") from error
    except RecursionError as error:
        raise InvalidJson(f"nested deeper than {max_depth} levels") from error
    except ValueError as error:  # not JSON, or a number with more digits than Python reads
        raise InvalidJson(str(error)) from error
    if depth(value) > max_depth:
        raise InvalidJson(f"nested deeper than {max_depth} levels")
    return value


def loads_own(text: str) -> Any:
    """Parse a text from `dumps`, without checks.

    It may be nested deeper than text from outside: a callback contains its task's result, two levels deeper.
    """
    return json.loads(text)


def dumps(value: object, *, ascii: bool = False) -> str:
    """Serialize a value to compact JSON with sorted keys, so that equal values have equal texts.

    Args:
        value: The value.
        ascii: Whether to escape all characters that are not ASCII.

    Raises:
        TypeError: The value contains objects that JSON cannot represent.
        ValueError: The value contains NaN, an infinity or a reference to itself.
        RecursionError: The value is nested too deeply.
    """
    return json.dumps(value, ensure_ascii=ascii, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _refuse_constant(name: str) -> None:
    raise InvalidJson(f"{name} is not a JSON number")


def _finite(literal: str) -> float:
    number = float(literal)
    if not isfinite(number):
        raise InvalidJson(f"the number {literal[:40]} is too large")
    return number


def _whole(literal: str) -> int:
    _finite(literal)
    return int(literal)


def _without_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise InvalidJson(f"the key {repeated[:40]!r} is repeated")
    return members


def depth(value: Any) -> int:
    """Return the levels of nesting of a JSON value: 0 for a scalar, 1 for an empty list or object."""
    deepest, stack = 0, [(value, 1)]
    while stack:
        node, level = stack.pop()
        children = node.values() if isinstance(node, dict) else node
        if isinstance(node, dict | list):
            deepest = max(deepest, level)
            stack.extend((child, level + 1) for child in children)
    return deepest
