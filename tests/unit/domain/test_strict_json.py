"""Strict JSON: unambiguous text is read, and anything else is refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.strict_json import MAX_DEPTH, InvalidJson, depth, dumps, loads, loads_own

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**300), max_value=10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("{'a': 1}", "Expecting property name"),
        ("[1,]", "Illegal trailing comma"),
        ("1 2", "Extra data"),
        ("nul", "Expecting value"),
        ("\ufeff{}", "BOM"),
        ("NaN", "NaN is not"),
        ("[Infinity]", "Infinity is not"),
        ('{"a": -Infinity}', "-Infinity is not"),
        ("1e999", "too large"),
        ("-1e999", "too large"),
        ("1" + "0" * 400, "too large"),
        ("-" + "9" * 5000, "too large"),
        ("[" + "1" * 100_000 + "]", "too large"),
        ('{"a": 1, "a": 1}', "'a' is repeated"),
        ('[{"b": {"a": 1, "\\u0061": 2}}]', "'a' is repeated"),
        ('"\\ud800"', "lone surrogate"),
        ('{"\\udfff": 1}', "lone surrogate"),
        ('"\udcff"', "lone surrogate"),
        (nested(MAX_DEPTH + 1), "deeper than 64"),
        ('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1), "deeper than 64"),
        (nested(2_000), "deeper than 64"),
        ("[" * 100_000, "deeper than 64"),
        (nested(100_000), "deeper than 64"),
        ('{"a":' * 100_000, "deeper than 64"),
        (b"\xff", "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),  # a surrogate, encoded
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-32-le"), "Expecting property name"),
        (b"\xef\xbb\xbf{}", "BOM"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_readers_would_read_differently_is_refused(text: str | bytes, reason: str) -> None:
    """Text that is not I-JSON raises InvalidJson, with the reason."""
    with pytest.raises(InvalidJson, match=reason):
        loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        (" [1, 2.5, -0.0] ", [1, 2.5, -0.0]),
        ('{"a": {"a": 1}, "b": [{"a": 2}]}', {"a": {"a": 1}, "b": [{"a": 2}]}),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("1e308", 1e308),
        ("1e-999", 0.0),
        ('"\\ud83d\\ude00"', "😀"),
        ("é".encode().join([b'"', b'"']), "é"),
        (nested(MAX_DEPTH), json.loads(nested(MAX_DEPTH))),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_has_one_meaning_is_read(text: str | bytes, value: Any) -> None:
    """I-JSON is read, up to the depth limit."""
    assert loads(text) == value


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    """Any JSON value survives the round trip, types included."""
    assert repr_of(loads(dumps(value))) == repr_of(value)


@given(st.text() | st.binary())
def test_garbage_is_refused_in_one_way(text: str | bytes) -> None:
    """Any text or bytes are either read or raise InvalidJson."""
    with suppress(InvalidJson):
        dumps(loads(text))


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_equal_values_give_equal_texts(value: dict[str, int]) -> None:
    """The order in which keys were added does not change the serialized text."""
    assert dumps(value) == dumps(dict(reversed(value.items())))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": {1, 2}}, object(), {1: 1, "1": 2}])
def test_what_is_no_json_is_not_written(value: object) -> None:
    """A value that JSON cannot represent raises an error instead of producing unreadable text."""
    with pytest.raises((ValueError, TypeError)):
        dumps(value)


def repr_of(value: Any) -> str:
    """Return a text that distinguishes 1 from 1.0 and True, and 0.0 from -0.0, unlike ==."""
    return repr(json.loads(json.dumps(value, sort_keys=True)))


@given(values)
def test_the_programs_own_text_is_read_back(value: Any) -> None:
    """What `dumps` has written is read as the same value, however deep it is."""
    assert loads_own(dumps([{"a": [value]}])) == [{"a": [value]}]


def test_only_text_from_outside_has_a_limited_depth() -> None:
    """A deeper value is refused, unless the limit is larger or the text is the program's own."""
    text = nested(MAX_DEPTH + 2)
    with pytest.raises(InvalidJson, match="deeper than 65"):
        loads(text, max_depth=MAX_DEPTH + 1)
    assert depth(loads(text, max_depth=MAX_DEPTH + 2)) == depth(loads_own(text)) == MAX_DEPTH + 2
