"""Conditions, transactions and item sizes, as DynamoDB documents them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.dynamodb.tables import Table, _n


def test_of_concurrent_conditional_updates_one_succeeds(table: Table) -> None:
    """Of twenty concurrent conditional updates, exactly one succeeds, in each of ten rounds."""

    def claim(round_: int) -> bool:
        try:
            table.update("task", "SET claimed = :next", "claimed = :now", now=_n(round_), next=_n(round_ + 1))
        except table.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    table.put("task", claimed=_n(0))
    with ThreadPoolExecutor(20) as executor:
        for round_ in range(10):
            assert sum(executor.map(claim, [round_] * 20)) == 1


def test_concurrent_increments_are_all_counted(table: Table) -> None:
    """Concurrent ADDs from twenty threads are all counted."""
    with ThreadPoolExecutor(20) as executor:
        list(executor.map(lambda _: table.update("counter", "ADD seen :one", one=_n(1)), range(100)))
    assert table.get("counter") == {"id": {"S": "counter"}, "seen": _n(100)}


@pytest.mark.parametrize("operation", ["put", "update", "delete", "transact"])
def test_a_failed_condition_tells_the_item(table: Table, operation: str) -> None:
    """With ReturnValuesOnConditionCheckFailure=ALL_OLD, the error of a failed condition has the item."""
    table.put("task", status={"S": "QUEUED"})
    expected = table.get("task")
    key = {"TableName": table.name, "Key": {"id": {"S": "task"}}}
    put = {"TableName": table.name, "Item": {"id": {"S": "task"}}}
    failing: Any = {
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    calls: dict[str, Callable[[], Any]] = {
        "put": lambda: table.dynamodb.put_item(**put, **failing),
        "update": lambda: table.dynamodb.update_item(**key, UpdateExpression="REMOVE x", **failing),
        "delete": lambda: table.dynamodb.delete_item(**key, **failing),
        "transact": lambda: table.dynamodb.transact_write_items(TransactItems=[{"Put": put | failing}]),
    }
    with pytest.raises(ClientError) as caught:
        calls[operation]()
    response: Any = caught.value.response
    found = response["CancellationReasons"][0] if operation == "transact" else response
    assert found["Item"] == expected


def test_a_transaction_is_all_or_nothing(table: Table) -> None:
    """If a condition fails, the transaction writes nothing, and the error has a reason for each operation."""
    table.put("there", count=_n(1))
    with pytest.raises(ClientError) as caught:
        table.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table.name, "Item": {"id": {"S": "new"}}}},
                {
                    "Update": {
                        "TableName": table.name,
                        "Key": {"id": {"S": "other"}},
                        "UpdateExpression": "SET x = :x",
                        "ExpressionAttributeValues": {":x": _n(1)},
                    }
                },
                {
                    "ConditionCheck": {
                        "TableName": table.name,
                        "Key": {"id": {"S": "there"}},
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
            ]
        )
    response: Any = caught.value.response
    assert [reason["Code"] for reason in response["CancellationReasons"]] == [
        "None",
        "None",
        "ConditionalCheckFailed",
    ]
    assert table.get("new") is None
    assert table.get("other") is None


def test_a_transaction_writes_puts_updates_and_deletes(table: Table) -> None:
    """A transaction whose conditions hold executes all of its operations."""
    table.put("old")
    table.put("count", seen=_n(1))
    table.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table.name, "Item": {"id": {"S": "new"}}}},
            {"Delete": {"TableName": table.name, "Key": {"id": {"S": "old"}}}},
            {
                "Update": {
                    "TableName": table.name,
                    "Key": {"id": {"S": "count"}},
                    "UpdateExpression": "ADD seen :one",
                    "ConditionExpression": "seen = :one",
                    "ExpressionAttributeValues": {":one": _n(1)},
                }
            },
        ]
    )
    assert table.get("new")
    assert table.get("old") is None
    assert table.get("count") == {"id": {"S": "count"}, "seen": _n(2)}


def test_a_failed_update_changes_nothing(table: Table) -> None:
    """An update that would grow an item beyond 400 KB is refused, and neither changes nor creates an item."""
    large = {"S": "x" * 300_000}
    table.put("task", payload=large)
    before = table.get("task")
    for name in ("task", "absent"):
        with pytest.raises(ClientError, match=r"ValidationException.*exceeded the maximum allowed size"):
            table.update(name, "SET one = :a, two = :b", a=large, b=large)
    assert table.get("task") == before
    assert table.get("absent") is None


def test_an_item_is_at_most_400_kb(table: Table) -> None:
    """409,600 bytes of names and UTF-8 values are stored, and no more; a replaced value counts once."""
    room = 400 * 1024 - len("id") - len("task") - len("payload")
    table.put("task", payload={"S": "é" * (room // 2)})
    table.update("task", "SET payload = :new", new={"S": "x" * room})
    with pytest.raises(ClientError, match="ValidationException"):
        table.put("task", payload={"S": "x" * (room + 1)})
    with pytest.raises(ClientError, match="ValidationException"):
        table.update("task", "SET payload = :new", new={"S": "x" * (room + 1)})


def test_a_history_grows_up_to_the_limit(table: Table) -> None:
    """A list grows by list_append and if_not_exists until the item reaches its maximum size."""
    entry = {"L": [{"M": {"error": {"S": "x" * 150_000}}}]}
    append = "SET history = list_append(if_not_exists(history, :none), :entry)"
    for _ in range(2):
        table.update("task", append, none={"L": []}, entry=entry)
    with pytest.raises(ClientError, match="exceeded the maximum allowed size"):
        table.update("task", append, none={"L": []}, entry=entry)
    assert len((table.get("task") or {})["history"]["L"]) == 2
