"""Masking of secrets that work has read, wherever they appear."""

import json
from collections.abc import Iterator

import pytest
from aws_lambda_powertools import Logger

from lambdas.domain import hidden_texts
from lambdas.domain.errors import MAX_MESSAGE_CHARACTERS, UnknownFailure, classify
from lambdas.domain.hidden_texts import hide, without_hidden
from lambdas.telemetry.logs import serialized
from lambdas.telemetry.masking import masked
from lambdas.telemetry.tracebacks import traceback_of

SECRET = 'grün "und" \\ blau'


@pytest.fixture(autouse=True)
def hidden() -> Iterator[None]:
    """Hide one secret during this test."""
    hide(SECRET)
    yield
    hidden_texts._hidden.clear()


def test_it_is_masked_in_texts_values_and_lines() -> None:
    assert without_hidden(f"bad {SECRET}!") == "bad *****!"
    assert masked({"a": [f"x {SECRET}"], "b": 1}) == {"a": ["x *****"], "b": 1}
    assert masked(f"{SECRET}") == "*****"
    line = serialized({"message": "said", "key": SECRET, "error": SECRET})
    assert json.loads(line) == {"message": "said", "key": "*****", "error": "*****"}


def test_a_secret_too_short_to_be_one_hides_nothing() -> None:
    hide("a")
    assert without_hidden("a cat") == "a cat"


OF_A_DATABASE = {
    "username": "app-user",
    "password": "correct horse 9",
    "pin": "12345",
    "replicas": [{"host": "db.example", "credentials": {"apiKey": "long-enough\n", "stage": "production"}}],
}
OF_A_CLIENT = {
    "access_token": "4cc3ss/t0k3n",
    "token_type": "Bearer",
    "auth_method": "password",
    "auth": ["X-Api-Key", "session_id"],
    "credentials": {"user": "postgres", "stage": "production"},
}


@pytest.mark.parametrize(
    ("secret", "text", "masked_text"),
    [
        ("a/secret value\n", "a/secret value", "*****"),
        ("a/secret value\n", "https://a.example/?q=a%2Fsecret%20value&b", "https://a.example/?q=*****&b"),
        ("a\nsecret", "{'key': 'a\\nsecret'}", "{'key': '*****'}"),
        (json.dumps(OF_A_DATABASE), f"no {json.dumps(OF_A_DATABASE)}", "no *****"),
        (json.dumps(OF_A_DATABASE), "no correct horse 9", "no *****"),
        (json.dumps(OF_A_DATABASE), "no correct%20horse%209", "no *****"),
        (json.dumps(OF_A_DATABASE), "no long-enough", "no *****"),
        (json.dumps(OF_A_DATABASE), "app-user 12345 db.example", "app-user 12345 db.example"),
        (json.dumps(OF_A_DATABASE), "production", "production"),
        (json.dumps(OF_A_CLIENT), "no 4cc3ss/t0k3n", "no *****"),
        (json.dumps({"secretKey": "Zk39xQpLw02m"}), "login with Zk39xQpLw02m", "login with *****"),
        *(
            (json.dumps({"password": weak}), f"app:{weak}@db refused {weak}", "app:*****@db refused *****")
            for weak in ("password", "my-secret-password", "correct-token-battery")
        ),
        (json.dumps({"password": "my-token"}), json.dumps("no\nmy-token"), json.dumps("no\n*****")),
        (json.dumps({"password": "my-token"}), "app%3Amy-token%40db", "app%3A*****%40db"),
        (json.dumps(OF_A_CLIENT), "postgres in production", "postgres in production"),
        ('["correct horse 9"]', "correct horse 9", "correct horse 9"),
    ],
)
def test_forms_and_parts_of_a_secret_are_masked(secret: str, text: str, masked_text: str) -> None:
    hide(secret)
    assert without_hidden(text) == masked_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sent Bearer abc123xyz.q", "sent Bearer *****"),
        ("password=hunter2", "password=*****"),
        ("session_id=hunter2", "session_id=*****"),
        ({"password": "hunter2"}, {"password": "*****"}),
        ({"X-Api-Key": "hunter2"}, {"X-Api-Key": "*****"}),
        ({"X-Api-Key-V2": "hunter2"}, {"X-Api-Key-V2": "*****"}),
        ("SESSION_ID%3Dhunter2 session_id%3Dhunter2", "SESSION_ID%3D***** session_id%3D*****"),
    ],
    ids=str,
)
def test_parts_of_a_secret_do_not_hide_the_names_of_private_data(value: object, expected: object) -> None:
    hide(json.dumps(OF_A_CLIENT))
    assert masked(value) == expected
    assert json.loads(serialized({"stage": "production", "error": value})) == {
        "stage": "production",
        "error": expected,
    }


def test_a_secret_is_masked_before_it_is_cut() -> None:
    """No beginning of a secret stays at the end of a message."""
    error = UnknownFailure("x" * (MAX_MESSAGE_CHARACTERS - 8) + SECRET)
    assert classify(error).message == "x" * (MAX_MESSAGE_CHARACTERS - 8) + "*****"
    name = "lambdas.domain.errors.UnknownFailure: "
    for shown in range(4, len(SECRET) + 1):
        begin = "x" * (MAX_MESSAGE_CHARACTERS - len(name) - shown)
        text = traceback_of(UnknownFailure(begin + SECRET))
        assert begin in str(text)
        assert "gr\u00fcn" not in str(text)


def test_the_loggers_lines_are_the_ones_that_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    Logger(service="x", json_serializer=serialized).info("said", secret_of_work=SECRET)
    assert "blau" not in capsys.readouterr().out
