"""Recognition of private fields by their names."""

import pytest

from lambdas.domain.private_fields import USUAL, PrivateFields
from tests.cpu_time import cpu_seconds

SIZE = 50 * 1024
FIELDS = PrivateFields.of(["password", "apiKey", "ssn", "pin", "token"])


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password", "PASSWORD", "passWord", "user_password", "dbPassword", "passwordOfUser"),
        *("dbpassword", "password2", "new-password", "user.password", "pass word"),
        *(
            "apiKey",
            "APIKey",
            "api_key",
            "API-KEY",
            "apikey",
            "X-Api-Key",
            "apiKeyOfPartner",
            "partnerapikey",
        ),
        *("ssn", "SSN", "customerSsn", "ssn_last4", "pin", "cardPin", "accessToken", "csrf token"),
    ],
)
def test_a_private_field_is_known_however_it_is_spelled(name: str) -> None:
    """A private name matches in any case, with any separators, and within a longer name."""
    assert FIELDS.has(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "-", "name", "secretary", "passport", "spinning", "spin", "opinion", "lessn", "key", "api"),
        *("orderingKey", "keyApi", "tokens", "pass", "word", "assn", "dpin"),
    ],
)
def test_a_name_that_only_looks_alike_is_not_private(name: str) -> None:
    """A short name within a word, or half of a name, does not match."""
    assert not FIELDS.has(name)


@pytest.mark.parametrize(
    ("name", "is_held"),
    [
        *((name, True) for name in ("password", "dbPassword", "dbpassword", "token2", "X-Api-Key", "pin")),
        *((name, True) for name in ("passwordValue", "tokenV2", "PIN_CODE", "apiKeyId")),
        *((name, False) for name in ("", "tokenType", "password_policy", "TOKEN_URL", "spin", "tokens")),
    ],
)
def test_a_name_says_whether_the_field_holds_private_data(name: str, is_held: bool) -> None:
    """The last word may say that the field only describes some; an unknown word does not."""
    assert FIELDS.hold(name) is is_held


def test_names_are_given_as_people_write_them() -> None:
    """Spaces around names and empty names are ignored; without names, nothing is private."""
    assert PrivateFields.of([" token ", " ", "--", ""]) == PrivateFields.of(["token"])
    assert not PrivateFields.of([""]).has("")
    assert not PrivateFields.of([]).has("password")


def test_the_spellings_in_a_value_are_found_at_any_depth() -> None:
    """Names are found within objects and lists, and within private values."""
    value = {"a": [{"Token": {"PIN": 1}}, ["ssn"]], "ssn": None, "note": "token"}
    assert FIELDS.spelled_in(value) == {"Token", "PIN", "ssn"}
    assert FIELDS.spelled_in("ssn") == set()


@pytest.mark.parametrize(
    "name", ["taskId", "correlation_id", "orderingKey", "attempts", "url", "headers", "body"]
)
def test_our_own_fields_are_not_private_as_a_rule(name: str) -> None:
    """The default private names leave the fields that describe a task or a request readable."""
    assert not PrivateFields.of(USUAL).has(name)


@pytest.mark.parametrize("unit", ["a_", "A", "aA", "a1", "token_", "pass_", " "])
def test_a_name_made_to_slow_it_down_does_not(unit: str) -> None:
    """Checking a repetitive name of 50 KB takes less than 20 times the CPU time of words."""
    fields, words = PrivateFields.of(USUAL), "of a customer "
    ordinary = cpu_seconds(lambda: fields.has(words * (SIZE // len(words))))
    assert cpu_seconds(lambda: fields.has(unit * (SIZE // len(unit)))) < 20 * ordinary
