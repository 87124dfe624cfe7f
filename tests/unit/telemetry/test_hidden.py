"""Masking of secrets that work has read, wherever they appear."""

import json
from collections.abc import Iterator

import pytest
from aws_lambda_powertools import Logger

from lambdas.telemetry import masking
from lambdas.telemetry.logs import serialized
from lambdas.telemetry.masking import hide, masked, without_hidden

SECRET = 'grün "und" \\ blau'


@pytest.fixture(autouse=True)
def hidden() -> Iterator[None]:
    """Hide one secret during this test."""
    hide(SECRET)
    yield
    masking._hidden.clear()


def test_it_is_masked_in_texts_values_and_lines() -> None:
    assert without_hidden(f"bad {SECRET}!") == "bad *****!"
    assert masked({"a": [f"x {SECRET}"], "b": 1}) == {"a": ["x *****"], "b": 1}
    assert masked(f"{SECRET}") == "*****"
    line = serialized({"message": "said", "key": SECRET, "error": SECRET})
    assert json.loads(line) == {"message": "said", "key": "*****", "error": "*****"}


def test_a_secret_too_short_to_be_one_hides_nothing() -> None:
    hide("a")
    assert without_hidden("a cat") == "a cat"


def test_the_loggers_lines_are_the_ones_that_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    Logger(service="x", json_serializer=serialized).info("said", secret_of_work=SECRET)
    assert "blau" not in capsys.readouterr().out
