"""Patterns for JSON events."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.json_events import UNSUPPORTED
from sandbox.services.logs.filter_patterns.pattern import parse_pattern

VALUES = ["null", "true", "1", "1.0", '"1"', '"Alpha"', '"alpha"', '"Alphabet"', '"xAlpha"', '""', "[]"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1", {"1", '"1"'}),
        ("1*", {"1", "1.0", '"1"'}),
        ("Alpha", {'"Alpha"'}),
        ("Alpha*", {'"Alpha"', '"Alphabet"'}),
        ("*Alpha", {'"Alpha"', '"xAlpha"'}),
        ("*lphab*", {'"Alphabet"'}),
        ("Al*bet", set()),
        ("", {'""'}),
    ],
)
def test_values(text: str, found: set[str]) -> None:
    """Strings and numbers compare as text; an asterisk at either end stands for any characters."""
    matches = parse_pattern(f'{{ $.v = "{text}" }}')
    assert {value for value in VALUES if matches(f'{{"v": {value}}}\n')} == found


def test_nested_properties() -> None:
    """A property may be nested in objects, but not in lists."""
    matches = parse_pattern('{$.user.id="hit"}')
    events = [{"user": {"id": "hit"}}, {"user": {}}, {"user.id": "hit"}, {"user": [{"id": "hit"}]}, {}]
    assert [matches(json.dumps(event)) for event in events] == [True, False, False, False, False]


@pytest.mark.parametrize("message", ["not JSON", '[{"v": "1"}]', '{"v": NaN}', "[" * 100_000, "", "1"])
def test_only_objects_match(message: str) -> None:
    """A message that is not a JSON object matches nothing."""
    assert not parse_pattern('{ $.v = "*" }')(message)


@pytest.mark.parametrize(
    "condition", ["", "$.v", "$.v = 1", '$.v != "1"', '$.a = "1" && $.b = "2"', "$.v IS NULL"]
)
def test_other_conditions_are_refused(condition: str) -> None:
    """Conditions other than equality with one quoted string are refused."""
    with pytest.raises(InvalidPattern) as refused:
        parse_pattern(f"{{ {condition} }}")
    assert str(refused.value) == UNSUPPORTED


@given(st.text(max_size=100))
def test_a_string_equals_itself(text: str) -> None:
    """A quoted string without asterisks at its ends matches itself, whatever its characters."""
    text = text.strip("*")
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_pattern(f'{{ $.v = "{quoted}" }}')(json.dumps({"v": text}))
