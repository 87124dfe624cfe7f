"""Selectors of properties: `$.user.id`, `$.users[0].email`, `$.actions[*]`, `$.*`, `$.['cluster.name']`."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern

STEP = re.compile(r"\.?\['(?P<quoted>[^']+)'\]|\.(?P<name>[A-Za-z0-9_-]+)|\[(?P<index>[0-9]+)\]|\.?\[?\*\]?")
TOO_MANY_WILDCARDS = (
    "Your filter pattern has a JSON path selector that exceeds "
    "the maximum of 1 wildcard allowed per json selector."
)

type Selector = Callable[[Any], list[Any]]
"""All that is selected in an event: nothing, one value, or what a wildcard stands for."""


def is_wildcard(selector: str) -> bool:
    """Whether the selector may select more than one value."""
    return any(step.lastgroup is None for step in STEP.finditer(selector))


def parse_selector(selector: str) -> Selector:
    """What a selector, as it is written, selects. Raises InvalidPattern."""
    steps = list(STEP.finditer(selector))
    if sum(step.lastgroup is None for step in steps) > 1:
        raise InvalidPattern(TOO_MANY_WILDCARDS)
    ways = [_way(step) for step in steps]

    def select(event: Any) -> list[Any]:
        found = [event]
        for way in ways:
            found = [each for value in found for each in way(value)]
        return found

    return select


def _way(step: re.Match[str]) -> Selector:
    """From a value to one of its members, or to all."""
    if step["index"]:
        index = int(step["index"][:9])
        return lambda value: value[index : index + 1] if isinstance(value, list) else []
    if name := step["quoted"] or step["name"]:
        return lambda value: [value[name]] if isinstance(value, dict) and name in value else []
    return _members


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
