"""Masking of values by Powertools' data masking and by patterns."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.domain.masking import MASK
from lambdas.domain.private_fields import PrivateFields
from lambdas.telemetry.masking import MAX_SPELLINGS, Masking, masked

MASKING = Masking(PrivateFields.of(["password", "token", "authorization", "ssn"]))
CARD = 4111111111111111
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "x", "a": 1}, {"password": MASK, "a": 1}),
        ({"a": {"b": [{"Access_Token": "x"}]}}, {"a": {"b": [{"Access_Token": MASK}]}}),
        ({"token": {"deep": ["x"]}}, {"token": MASK}),
        ({"token": ["x", {"y": 1}]}, {"token": [MASK, MASK]}),
        ({"token": None, "ssn": 123, "password": True}, {"token": MASK, "ssn": MASK, "password": MASK}),
        ([{"token": "x"}, "y"], [{"token": MASK}, "y"]),
        ({"headers": {"Authorization": "Bearer x"}}, {"headers": {"Authorization": MASK}}),
        ({"it's a token": 1, 'a "token"': 2}, {"it's a token": MASK, 'a "token"': MASK}),
        ({"token\\": 1, "token.a": 2, "": 3}, {"token\\": MASK, "token.a": MASK, "": 3}),
        ({"token[0]": 1, "$..token": 2, "*": 3}, {"token[0]": MASK, "$..token": MASK, "*": 3}),
        ({"note": "token=abc of a@b.example"}, {"note": f"token={MASK} of {MASK}"}),
        ({"a@b.example": 1}, {MASK: 1}),
        ({"n": CARD, "f": float(CARD), "s": [str(CARD)]}, {"n": MASK, "f": MASK, "s": [MASK]}),
        ({"t": 1769860800000, "b": True}, {"t": 1769860800000, "b": True}),
        ({"at": NOON, "n": Decimal(1)}, {"at": "2026-01-31 12:00:00+00:00", "n": "1"}),
        (ValueError("password=x"), f"password={MASK}"),
        (("token=x", 1), [f"token={MASK}", 1]),
        ({1: "x"}, {"1": "x"}),
        ("plain", "plain"),
        (None, None),
        ({}, {}),
    ],
)  # fmt: skip
def test_private_data_is_not_shown(value: object, shown: object) -> None:
    """Fields are masked by name and other values by form; values that JSON lacks become text or lists."""
    assert MASKING.masked(value) == shown


def test_what_cannot_be_looked_through_is_not_shown() -> None:
    """A value that cannot be traversed or converted is masked as a whole."""
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = "token=x"
    for _ in range(100_000):
        deep = [deep]

    class Untold:
        def __str__(self) -> str:
            raise RuntimeError("token=x")

    for value in (endless, deep, Untold(), {(1, 2): "x"}):
        assert MASKING.masked(value) == MASK


def test_many_spellings_do_not_take_long() -> None:
    """A value with more than MAX_SPELLINGS spellings of private names is masked as a whole."""
    began = time.monotonic()
    many = {f"token{n}": n for n in range(MAX_SPELLINGS)}
    assert MASKING.masked({"x": many}) == {"x": dict.fromkeys(many, MASK)}
    assert MASKING.masked({f"token_{n}": n for n in range(20_000)}) == MASK
    assert time.monotonic() - began < 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.text("token'\"\\.$[]*, \n", max_size=8), inner, max_size=4)
        | st.dictionaries(st.sampled_from(["token", "Password", "it's-token", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values)
@example({"token\\'": {"token'\\": 1}})
@example({"'token',x": 1, "x": 2})
@example({"token\r": 1})
def test_any_value_is_masked_and_masked_again_the_same(value: Any) -> None:
    """Masking never raises, gives JSON, leaves no value of a private field, and is idempotent."""
    shown = MASKING.masked(value)
    json.dumps(shown)
    assert MASKING.masked(shown) == shown
    assert shown == MASK or _private_values(shown) <= {MASK}


def _private_values(value: Any) -> set[Any]:
    """Return the values of the fields `token` and `Password`, with lists flattened."""
    found: set[Any] = set()
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("token", "Password"):
                found |= set(member) if isinstance(member, list) else {member}
            else:
                found |= _private_values(member)
    elif isinstance(value, list):
        for member in value:
            found |= _private_values(member)
    return found


def test_the_functions_environment_names_the_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """MASKED_FIELDS replaces the default names, which apply only when it is not set."""
    from lambdas.telemetry import masking

    masking._masking.cache_clear()
    monkeypatch.delenv("MASKED_FIELDS", raising=False)
    assert masked({"password": 1, "colour": 2}) == {"password": MASK, "colour": 2}
    masking._masking.cache_clear()
    monkeypatch.setenv("MASKED_FIELDS", "colour, smell")
    assert masked({"password": 1, "colour": 2, "Smell": 3}) == {"password": 1, "colour": MASK, "Smell": MASK}
    masking._masking.cache_clear()
