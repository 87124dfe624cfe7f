"""Requests that DynamoDB refuses, and repetitions that it does not execute."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.dynamodb.tables import Table, _n

DIGITS = "1234567890" * 4


@pytest.fixture
def numbered(table: Table) -> Iterator[str]:
    """Provide the name of a table with a number as its sort key."""
    name = f"numbered-{uuid4().hex}"
    table.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "n", "KeyType": "RANGE"},
        ],
    )
    yield name
    table.dynamodb.delete_table(TableName=name)


def counting(table: Table, by: int = 1) -> list[dict[str, Any]]:
    """Return a transaction that adds to the item `counter`."""
    update = {
        "TableName": table.name,
        "Key": {"id": {"S": "counter"}},
        "UpdateExpression": "ADD seen :by",
        "ExpressionAttributeValues": {":by": _n(by)},
    }
    return [{"Update": update}]


def test_a_repeated_transaction_is_done_once(table: Table) -> None:
    """A repetition with the same token does nothing, and a token is for one transaction only.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    token = uuid4().hex
    for _ in range(3):
        table.dynamodb.transact_write_items(TransactItems=counting(table), ClientRequestToken=token)
    with pytest.raises(table.dynamodb.exceptions.IdempotentParameterMismatchException):
        table.dynamodb.transact_write_items(TransactItems=counting(table, by=2), ClientRequestToken=token)
    assert table.get("counter") == {"id": {"S": "counter"}, "seen": _n(1)}
    table.dynamodb.transact_write_items(TransactItems=counting(table), ClientRequestToken=uuid4().hex)
    assert table.get("counter") == {"id": {"S": "counter"}, "seen": _n(2)}


def test_a_transaction_that_failed_can_be_repeated(table: Table) -> None:
    """A transaction that failed can be repeated with the same token."""
    token = uuid4().hex
    transaction = counting(table)
    transaction[0]["Update"]["ConditionExpression"] = "attribute_exists(id)"
    with pytest.raises(table.dynamodb.exceptions.TransactionCanceledException):
        table.dynamodb.transact_write_items(TransactItems=transaction, ClientRequestToken=token)
    table.put("counter")
    table.dynamodb.transact_write_items(TransactItems=transaction, ClientRequestToken=token)
    assert table.get("counter") == {"id": {"S": "counter"}, "seen": _n(1)}


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(DIGITS[:39], id="39 digits"),
        pytest.param("0." + DIGITS[:39], id="39 decimals"),
        "1e126",
        "-1e126",
        "1e-131",
        "NaN",
        "Infinity",
        "many",
        " 1",
        "1_000",
    ],
)
@pytest.mark.parametrize("operation", ["put", "update", "transact", "batch"])
def test_a_number_that_cannot_be_stored_is_refused(table: Table, number: str, operation: str) -> None:
    """Numbers beyond 38 digits, or outside 1E-130 to 9.99...E+125, are refused, even if nested.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    wrong = {"M": {"list": {"L": [{"NS": ["1", number]}]}}}
    items: list[Any] = [{"id": {"S": "good"}}, {"id": {"S": "task"}, "n": wrong}]
    puts = [{"Put": {"TableName": table.name, "Item": item}} for item in items]
    batch = {table.name: [{"PutRequest": {"Item": item}} for item in items]}
    calls: dict[str, Callable[[], Any]] = {
        "put": lambda: table.put("task", n=wrong),
        "update": lambda: table.update("task", "SET n = :n", n=wrong),
        "transact": lambda: table.dynamodb.transact_write_items(TransactItems=puts),
        "batch": lambda: table.dynamodb.batch_write_item(RequestItems=batch),
    }
    with pytest.raises(ClientError, match="ValidationException"):
        calls[operation]()
    assert table.get("task") is None
    assert table.get("good") is None


def test_the_longest_and_largest_numbers_are_stored(table: Table) -> None:
    """The longest, largest and smallest numbers are stored; outer zeros do not count as digits.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    numbers = [DIGITS[:38], f"000{DIGITS[:38]}.000", "9.9e125", "-9.9e125", "1e-130", "0"]
    table.put("task", numbers={"L": [{"N": number} for number in numbers]})
    stored = (table.get("task") or {})["numbers"]["L"]
    assert [float(each["N"]) for each in stored] == [float(number) for number in numbers]


@pytest.mark.parametrize(
    "second",
    [
        {"PutRequest": {"Item": {"id": {"S": "twice"}, "n": {"N": "2"}}}},
        {"DeleteRequest": {"Key": {"id": {"S": "twice"}}}},
    ],
    ids=["another put", "a delete"],
)
def test_a_batch_has_a_key_once(table: Table, second: Any) -> None:
    """A batch with two writes of the same key is refused as a whole.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    first: Any = {"PutRequest": {"Item": {"id": {"S": "twice"}, "n": {"N": "1"}}}}
    with pytest.raises(ClientError, match=r"ValidationException.*contains duplicates"):
        table.dynamodb.batch_write_item(RequestItems={table.name: [first, second]})
    assert table.get("twice") is None


def test_a_batch_compares_keys_by_table_and_value(table: Table, numbered: str) -> None:
    """A batch treats 1 and 1.0 as the same key, and the same key in another table as another item.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    keys: list[Any] = [{"id": {"S": "a"}, "n": {"N": "1"}}, {"n": {"N": "1.0"}, "id": {"S": "a"}}]
    puts: list[Any] = [{"PutRequest": {"Item": key}} for key in keys]
    with pytest.raises(ClientError, match=r"ValidationException.*contains duplicates"):
        table.dynamodb.batch_write_item(RequestItems={numbered: puts})
    with pytest.raises(ClientError, match=r"ValidationException.*contains duplicates"):
        table.dynamodb.batch_get_item(RequestItems={numbered: {"Keys": keys}})
    table.dynamodb.batch_write_item(RequestItems={numbered: puts[:1], table.name: puts[:1]})
    assert table.get("a")


def test_a_batch_writes_25_items(table: Table) -> None:
    """A batch of more than 25 writes is refused, and one of 25 is accepted.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    puts: list[Any] = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(26)]
    with pytest.raises(ClientError, match="ValidationException"):
        table.dynamodb.batch_write_item(RequestItems={table.name: puts})
    table.dynamodb.batch_write_item(RequestItems={table.name: puts[:25]})
    assert table.dynamodb.scan(TableName=table.name)["Count"] == 25


@pytest.mark.parametrize(
    ("condition", "value"),
    [("id = :id AND n < :n", {"S": "1"}), ("id = :id AND n BETWEEN :n AND :n", {"B": b"1"})],
)
def test_a_key_condition_has_the_keys_type(
    table: Table, numbered: str, condition: str, value: dict[str, Any]
) -> None:
    """A key condition is refused if its value has another type than the key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
    """
    table.dynamodb.put_item(TableName=numbered, Item={"id": {"S": "a"}, "n": _n(0)})
    with pytest.raises(ClientError, match=r"ValidationException.*does not match schema type"):
        table.dynamodb.query(
            TableName=numbered,
            KeyConditionExpression=condition,
            ExpressionAttributeValues={":id": {"S": "a"}, ":n": value},
        )
