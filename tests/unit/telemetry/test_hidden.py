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
    "replicas": [{"host": "db.example", "credentials": {"key": "long-enough\n"}}],
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
        ('["correct horse 9"]', "correct horse 9", "correct horse 9"),
    ],
)
def test_forms_and_parts_of_a_secret_are_masked(secret: str, text: str, masked_text: str) -> None:
    hide(secret)
    assert without_hidden(text) == masked_text


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
