"""What is remembered of a condition is never another request's."""

from typing import Any

import pytest
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import MockValidationException

from sandbox.quick_tables import _parse_condition


def parsed(text: str | None, names: Any, values: Any) -> Any:
    return _parse_condition(ConditionExpressionParser.parse, ConditionExpressionParser(text, names, values))


def test_a_request_is_parsed_once() -> None:
    """The same text, names and values, as objects, have the same outcome; equal ones have their own."""
    text, values = "x = :x", {":x": {"S": "a"}}
    names: dict[str, str] = {}
    first = parsed(text, names, values)
    assert parsed(text, names, values) is first
    assert parsed(text, names, {":x": {"S": "a"}}) is not first


def test_no_condition_is_none_after_a_wrong_one() -> None:
    """What has no condition always holds, also when the last one that was given could not be parsed."""
    assert not parsed("attribute_exists(id)", {}, {}).expr(None)
    with pytest.raises(MockValidationException):
        parsed("status = :x", {}, {":x": {"S": "a"}})  # a reserved word
    assert parsed(None, None, None).expr(None)
