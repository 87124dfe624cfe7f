"""Retries of transactions that DynamoDB has refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from lambdas.store.lanes import Lanes
from lambdas.store.transactions import WriteRefused, write_together

PUT: Any = {"Put": {"TableName": "tasks", "Item": {"taskId": {"S": "a"}}}}
CANCELLED = "TransactionCanceledException"


class Table:
    """A DynamoDB client with prepared responses, and the ways to write a transaction with it."""

    def __init__(self) -> None:
        self.client: Any = boto3.client(
            "dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        self.stubber = Stubber(self.client)

    def prepare(self, way: str, *refusals: tuple[str, ...], succeeds: bool) -> None:
        """Prepare refusals, each with the codes of its items, and possibly a success."""
        for codes in refusals:
            self._prepare_read(way)
            reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
            self.stubber.add_client_error("transact_write_items", CANCELLED, modeled_fields=reasons)
        if succeeds:
            self._prepare_read(way)
            self.stubber.add_response("transact_write_items", {})

    def _prepare_read(self, way: str) -> None:
        if way == "in a lane":
            self.stubber.add_response("get_item", {})

    def write(self, way: str) -> None:
        if way == "in a lane":
            at = datetime(2026, 1, 1, tzinfo=UTC)
            Lanes(self.client, "tasks").join("key", "a:0", lambda _: PUT, at=at)
        else:
            write_together(self.client, [PUT, PUT])


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr("lambdas.store.transactions.time.sleep", lambda _: None)
    found = Table()
    with found.stubber:
        yield found
        found.stubber.assert_no_pending_responses()


WAYS = pytest.mark.parametrize("way", ["alone", "in a lane"])


@WAYS
@pytest.mark.parametrize(
    "codes",
    [
        ("TransactionConflict", "None"),
        ("ThrottlingError", "None"),
        ("None", "ProvisionedThroughputExceeded"),
        ("ThrottlingError", "TransactionConflict"),
    ],
)
def test_a_refusal_that_passes_is_followed_by_another_try(
    table: Table, way: str, codes: tuple[str, ...]
) -> None:
    """A transaction is tried again after a conflict, and after throttling, which botocore does not retry."""
    table.prepare(way, codes, codes, succeeds=True)
    table.write(way)


@WAYS
@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_refusal_that_stays_is_raised_at_once(table: Table, way: str, code: str) -> None:
    table.prepare(way, ("None", code), succeeds=False)
    with pytest.raises(ClientError, match=CANCELLED):
        table.write(way)


@WAYS
def test_a_condition_that_does_not_hold_is_told(table: Table, way: str) -> None:
    table.prepare(way, ("ConditionalCheckFailed", "ThrottlingError"), succeeds=False)
    with pytest.raises(WriteRefused):
        table.write(way)


@WAYS
@pytest.mark.parametrize(("code", "tries"), [("TransactionConflict", 20), ("ThrottlingError", 5)])
def test_tries_are_limited(table: Table, way: str, code: str, tries: int) -> None:
    table.prepare(way, *[(code, "None")] * tries, succeeds=False)
    with pytest.raises(ClientError, match=CANCELLED):
        table.write(way)
