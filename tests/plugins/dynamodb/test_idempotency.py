"""Validity of a transaction's token, which lasts ten minutes from the transaction's end."""

import pytest
from moto.dynamodb.exceptions import DynamodbException

from sandbox.services.dynamodb.idempotency import VALID_SECONDS, Answers


class Clock:
    """A clock whose time is set by the test."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_expires() -> None:
    """For ten minutes a repetition gets the first answer, or an error if it differs; then the token is free.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    clock = Clock()
    answers = Answers(clock)
    assert answers.get_or_make("token", {"a": 1}, lambda: "first") == "first"
    clock.now = VALID_SECONDS - 1
    assert answers.get_or_make("token", {"a": 1}, lambda: "second") == "first"
    with pytest.raises(DynamodbException, match="other parameters"):
        answers.get_or_make("token", {"a": 2}, lambda: "second")
    clock.now = VALID_SECONDS
    assert answers.get_or_make("token", {"a": 2}, lambda: "second") == "second"


def test_the_time_counts_from_the_end() -> None:
    """The transaction's own duration does not shorten its token's validity."""
    clock = Clock()
    answers = Answers(clock)

    def slow() -> str:
        clock.now = 100.0
        return "first"

    answers.get_or_make("token", {}, slow)
    clock.now = VALID_SECONDS + 99
    assert answers.get_or_make("token", {}, lambda: "second") == "first"


def test_a_failure_is_not_remembered() -> None:
    """The token of a failed transaction can be used again."""
    answers = Answers(Clock())

    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        answers.get_or_make("token", {}, fail)
    assert answers.get_or_make("token", {}, lambda: "done") == "done"
