"""Patterns for JSON events. Most of the cases are as AWS answered; see logs.filter_patterns."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.pattern import parse_pattern

VALUES = [
    "null",
    '"null"',
    "true",
    "false",
    '"true"',
    "0",
    "1",
    "1.0",
    "1e0",
    '"1"',
    '"1.0"',
    "-1",
    "1.5",
    "10",
    '"10"',
    '"Alpha"',
    '"alpha"',
    '"Alphabet"',
    '"xAlpha"',
    '""',
    "[]",
    "{}",
    '[1, "Alpha", null]',
    '"a*b"',
    '"a?b"',
    '2, "v": 1',
]
COMPARABLE = {value for value in VALUES if value[0] in '"-0123456789'}
OTHERS = ["{}", "not JSON", '[{"v": 1}]', "{broken", '{"v": NaN}', "[" * 100_000, "", "1"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("$.v = 1", {"1", "1.0", "1e0", '"1"', '2, "v": 1'}),
        ("$.v = 1e+0", {"1", "1.0", "1e0", '2, "v": 1'}),
        ("$.v != 1", COMPARABLE - {"1", "1.0", "1e0", '"1"', '2, "v": 1'}),
        ("$.v > 1", {"1.5", "10"}),
        ("$.v < 1", {"0", "-1"}),
        ("$.v >= 1", {"1", "1.0", "1e0", "1.5", "10", '2, "v": 1'}),
        ("$.v <= 1", {"0", "-1", "1", "1.0", "1e0", '2, "v": 1'}),
        ("$.v = -1", {"-1"}),
        ("$.v > +1.2e0", {"1.5", "10"}),
        ('$.v = "1"', {"1", '"1"', '2, "v": 1'}),
        ('$.v = "Alpha"', {'"Alpha"'}),
        ("$.v = Alpha", {'"Alpha"'}),
        ('$.v != "Alpha"', COMPARABLE - {'"Alpha"'}),
        ('$.v = "Alpha*"', {'"Alpha"', '"Alphabet"'}),
        ('$.v = "*Alpha"', {'"Alpha"', '"xAlpha"'}),
        ("$.v = *lphab*", {'"Alphabet"'}),
        ("$.v = 1*", {"1", "1.0", "1e0", "1.5", "10", '"1"', '"1.0"', '"10"', '2, "v": 1'}),
        ('$.v = "a?b"', {'"a?b"'}),
        ('$.v = "a*b"', {'"a*b"'}),
        ('$.v = "Al*bet"', set()),
        ('$.v = ""', {'""'}),
        ("$.v = *", COMPARABLE),
        ("$.v = %^Al.*%", {'"Alpha"', '"Alphabet"'}),
        ("$.v = true", {'"true"'}),
        ("$.v IS NULL", {"null", '[1, "Alpha", null]'}),
        ("$.v IS TRUE", {"true"}),
        ("$.v IS FALSE", {"false"}),
        ("$.v NOT EXISTS", set()),
    ],
)
def test_values(condition: str, found: set[str]) -> None:
    """Compared as numbers or as text; what is neither is neither equal nor unequal."""
    matches = parse_pattern(f"{{ {condition} }}")
    assert {value for value in VALUES if matches(f'{{"v": {value}}}\n')} == found


@pytest.mark.parametrize("condition", ["$.v = 1", "$.v != 1", "$.v IS NULL", "$.v NOT EXISTS"])
def test_only_objects_match(condition: str) -> None:
    """What is no JSON object matches nothing; a property that is missing matches NOT EXISTS alone."""
    matches = parse_pattern(f"{{{condition}}}")
    assert [each for each in OTHERS if matches(each)] == ["{}"] * ("NOT" in condition)


EVENTS: list[Any] = [
    {
        "nested": {"value": "hit"},
        "cluster.name": "flat",
        "cluster": {"name": "nested"},
        "items": [{"a": 1, "b": 0}, {"a": 0, "b": 2}],
        "arr": ["miss", "hit"],
        "matrix": [[0, 1], [2, 3]],
        "a": 1,
        "b": 0,
        "c": 0,
    },
    {
        "nested": {"value": "miss"},
        "cluster.name": "nested",
        "cluster": {"name": "flat"},
        "items": [{"a": 1, "b": 2}],
        "arr": ["hit", "miss"],
        "matrix": [[1, 0]],
        "a": 0,
        "b": 2,
        "c": 3,
    },
    {"nested": None, "arr": [None], "items": [], "a": 0, "b": 2, "c": 0},
    {"nested": {}, "arr": [], "a": 1, "b": 2, "c": 3},
    {"nested": {"value": None}, "arr": "hit", "a": 0, "b": 0, "c": 3},
    {"nested": {"value": "null"}, "other": "hit"},
    {"nested.value": "hit", "arr": [["hit"]]},
    {"arr": ["hit", "hit"], "items": [{"a": 1}, {"b": 2}]},
    {"arr": {"0": "hit"}, "nested": [{"value": "hit"}]},
    {},
]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('$.nested.value = "hit"', [0]),
        ("$.['cluster.name'] = \"flat\"", [0]),
        ("$['cluster.name']=flat", [0]),
        ("$.cluster['name']=flat", [1]),
        ('$.cluster.name = "flat"', [1]),
        ('$.arr[0] = "hit"', [1, 7]),
        ('$.arr[*] = "hit"', [0, 1, 7, 8]),
        ('$.* = "hit"', [4, 5, 6]),
        ("$.matrix[0][1] = 1", [0]),
        ("$.arr[99999999999999999999] NOT EXISTS", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("$.items[*].a = 1 && $.items[*].b = 2", [0, 1, 7]),
        ("$.a = 1 && $.c = 3", [3]),
        ("$.a = 1 || $.b = 2 && $.c = 3", [0, 1, 3]),
        ("($.a = 1 || $.b = 2) && $.c = 3", [1, 3]),
        ("$.c = 3 && ($.a = 1 || ($.b = 2))", [1, 3]),
        ("((($.a=1)||(($.b=2)))&&$.c=3)", [1, 3]),
        ("$.nested.value NOT EXISTS", [2, 3, 6, 7, 8, 9]),
        ("$.nested.value IS NULL", [4]),
    ],
)
def test_selectors_and_conditions(condition: str, found: list[int]) -> None:
    """Members, elements, wildcards; and before or."""
    matches = parse_pattern(f"{{ {condition} }}")
    assert [number for number, event in enumerate(EVENTS) if matches(json.dumps(event))] == found


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "Invalid filter pattern"),
        ("$.v", "Invalid filter pattern"),
        ("$.v =", "Invalid filter pattern"),
        ("$.v EXISTS", "Invalid filter pattern"),
        ("$.v IS NOT NULL", "Invalid filter pattern"),
        ("$.v IS 1", "Invalid filter pattern"),
        ("$.v NOT NULL", "Invalid filter pattern"),
        ("$.v == 1", "Invalid filter pattern"),
        ("$.v = null", "Invalid filter pattern"),
        ("$.v > 0 AND $.v < 2", "Invalid filter pattern"),
        ("$.v = 1 &&", "Invalid filter pattern"),
        ("($.v = 1", "Invalid filter pattern"),
        ("$.v = 1)", "Invalid filter pattern"),
        ("v = 1", "Invalid filter pattern"),
        ('"v": [1]', "Invalid character(s) in term ':'"),
        ("!($.v = 1)", "Invalid character(s) in term '!('"),
        ('$.v > "Alpha"', "Invalid character(s) in term '\"Alpha\"'"),
        ('$..value = "hit"', "Invalid character(s) in term '$..'"),
        ('$.arr[-1] = "hit"', "Invalid character(s) in term '[-'"),
        ('$.arr[0:2] = "hit"', "Invalid character(s) in term '[0:'"),
        ('$."detail-type" = 1', "Invalid character(s) in term '$.\"'"),
        (
            "$.items[*].* = 1",
            "Your filter pattern has a JSON path selector that exceeds "
            "the maximum of 1 wildcard allowed per json selector.",
        ),
        (" || ".join(["$.a[*] = 1"] * 4), "Your filter pattern exceeds the maximum of 3 wildcards allowed."),
    ],
)
def test_what_is_no_condition(condition: str, message: str) -> None:
    """And what AWS says of it, but for the last."""
    with pytest.raises(InvalidPattern) as refused:
        parse_pattern(f"{{ {condition} }}")
    assert str(refused.value) == message


def test_parentheses_may_be_as_deep_as_a_pattern_is_long() -> None:
    """Nothing calls itself."""
    assert parse_pattern("{" + "(" * 500 + "$.a=1" + ")" * 500 + "}")('{"a": 1}')


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each)))
def test_a_string_or_number_equals_itself(value: Any) -> None:
    """Written as JSON, whatever it is, but for asterisks at its ends; no other value equals anything."""
    text = value.strip("*") if isinstance(value, str) else json.dumps(value)
    value = text if isinstance(value, str) else value
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    if len(quoted) > 500:
        return
    comparable = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    event = json.dumps({"v": value})
    assert parse_pattern(f'{{ $.v = "{quoted}" }}')(event) == comparable
    assert not parse_pattern(f'{{ $.v != "{quoted}" }}')(event)
