"""Cached parsing of conditions, which moto parses twice per request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser, Func, Op

REMEMBERED = 1000
"""Maximum number of cached conditions. Programs use few."""


def parse_each_text_once() -> None:
    """Make moto cache parsed conditions. Call this only once."""
    Patch.function(ConditionExpressionParser.parse, _parse).apply()


class _Name(str):
    """A value's name, parsed instead of the value."""

    __slots__ = ()


@dataclass
class _Parsed:
    condition: Op | Func
    values: tuple[tuple[AttributeValue, str], ...]
    """The placeholders of values in the condition, and the values' names."""
    names_found: tuple[str, ...]
    values_found: tuple[str, ...]


_remembered: dict[Any, _Parsed] = {}


def _parse(parse: Callable[..., Any], parser: ConditionExpressionParser) -> Any:
    """Return the cached condition for the parser's text, filled in with the parser's values.

    Parsing the same text again overwrites those values. This is safe because only one thread at a time calls
    moto, which evaluates the condition first. Raises moto's errors for an invalid text.
    """
    if not parser.condition_expression:
        return parse(parser)
    names, values = parser.expression_attribute_names or {}, parser.expression_attribute_values or {}
    types = {name: next(iter(value), "") for name, value in values.items()}
    given = (parser.condition_expression, tuple(names.items()), tuple(types.items()))
    parsed = _remembered.get(given)
    if parsed is None:
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        parsed = _remembered[given] = _parse_names(parse, parser, types)
    else:
        parser.expr_attr_names_found.extend(parsed.names_found)
        parser.expr_attr_values_found.extend(parsed.values_found)
    for part, name in parsed.values:
        part.value = values[name][part.type]
    return parsed.condition


def _parse_names(
    parse: Callable[..., Any], parser: ConditionExpressionParser, types: dict[str, str]
) -> _Parsed:
    given = parser.expression_attribute_values
    if given is not None:
        parser.expression_attribute_values = {name: {kind: _Name(name)} for name, kind in types.items()}
    try:
        condition = parse(parser)
    finally:
        parser.expression_attribute_values = given
    return _Parsed(
        condition,
        tuple((part, part.value) for part in _values(condition)),
        tuple(parser.expr_attr_names_found),
        tuple(parser.expr_attr_values_found),
    )


def _values(part: Any) -> Iterator[AttributeValue]:
    if isinstance(part, AttributeValue):
        yield part
    elif isinstance(part, (Op, Func)):
        for below in vars(part).values():
            yield from _values(below)
    elif isinstance(part, (list, tuple)):
        for below in part:
            yield from _values(below)
