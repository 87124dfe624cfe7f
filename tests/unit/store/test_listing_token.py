"""Tokens of lists: opaque to clients, and verified when they come back.

No page is read here: a token is checked before the table is read.
"""

import base64
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.lifecycle import Status
from lambdas.store import listing
from lambdas.store.listing import InvalidToken, TaskListing
from lambdas.store.objects import Objects
from lambdas.store.task_filter import TaskFilter

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def _no_client() -> Any:
    raise AssertionError("no page is read here")


NO_OBJECTS = Objects(_no_client, "no-bucket")


def of(status: Status | None) -> TaskFilter:
    return TaskFilter(statuses=(status,) if status else ())


states = st.none() | st.sampled_from(Status)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@given(states, st.text(min_size=1, max_size=200))
def test_a_token_leads_back_to_its_place(status: Status | None, place: str) -> None:
    """The token of any place is safe in a URL, and decodes to that place."""
    token = listing._write(place, of(status))
    assert token.isascii()
    assert set("+/ &").isdisjoint(token)
    assert listing._read(token, of(status)) == place


@given(states, states, st.text(min_size=1, max_size=20))
def test_a_token_is_for_its_own_list(written: Status | None, asked: Status | None, place: str) -> None:
    """A token of a list by one state does not continue a list by another."""
    token = listing._write(place, of(written))
    if written is not asked:
        with pytest.raises(InvalidToken, match="another list"):
            listing._read(token, of(asked))


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "####",
        "zzzz",
        "é",
        "\ud800",
        encoded(None),
        encoded([]),
        encoded({}),
        encoded({"of": "x"}),
        encoded({"before": "p"}),
        encoded({"of": "x", "before": 1}),
        encoded({"of": "x", "before": None}),
        encoded({"of": "x", "before": ""}),  # DynamoDB would refuse it as a key
        encoded({"of": "x", "before": "p" * 1025}),
        encoded({"of": 7, "before": "p"}),
        encoded({"of": "x", "before": "p", "more": 1}),
        encoded({"of": "x", "before": "\ud800"}),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        encoded({"of": "x", "before": "p"}) + "\n",
    ],
    ids=lambda token: repr(token[:30]),
)
def test_a_token_of_ones_own_making_is_refused(token: str) -> None:
    """A forged or malformed token raises InvalidToken before the table is read."""
    with pytest.raises(InvalidToken):
        TaskListing(cast("DynamoDBClient", None), "no-table", NO_OBJECTS).page(TaskFilter(), 10, token)


@given(st.text(min_size=1))
def test_garbage_is_refused_in_one_way(token: str) -> None:
    """Arbitrary text is not a token, and raises only InvalidToken."""
    with pytest.raises(InvalidToken):
        listing._read(token, TaskFilter())
