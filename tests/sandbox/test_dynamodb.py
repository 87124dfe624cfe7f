"""DynamoDB in the sandbox behaves as AWS documents it, where the functions rely on it."""

import json
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.sandbox.waiting import wait_for_stack

TEMPLATE = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in ("id", "status", "at")
                ],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "by-status",
                        "KeySchema": [
                            {"AttributeName": "status", "KeyType": "HASH"},
                            {"AttributeName": "at", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    }
                ],
                "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "SSESpecification": {"SSEEnabled": True},
                "Tags": [{"Key": "project", "Value": "faultline"}],
            },
        }
    },
    "Outputs": {"Name": {"Value": {"Ref": "Table"}}},
}


class Table:
    """A table with the key `id`, by the calls that the tests make; values are DynamoDB's own JSON."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        self.dynamodb = dynamodb
        self.name = name

    def put(self, name: str, **attributes: Any) -> None:
        self.dynamodb.put_item(TableName=self.name, Item={"id": {"S": name}, **attributes})

    def get(self, name: str) -> dict[str, Any] | None:
        answer = self.dynamodb.get_item(TableName=self.name, Key={"id": {"S": name}}, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def update(self, name: str, expression: str, condition: str | None = None, **values: Any) -> Any:
        """Update an item, return all of the new one; values are given without their colon."""
        options: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        if values:
            options["ExpressionAttributeValues"] = {f":{key}": value for key, value in values.items()}
        return self.dynamodb.update_item(
            TableName=self.name,
            Key={"id": {"S": name}},
            UpdateExpression=expression,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **options,
        )["Attributes"]


@pytest.fixture(scope="module")
def stack(client: Callable[[str], Any]) -> Iterator[dict[str, Any]]:
    """The table, made by CloudFormation."""
    cloudformation = client("cloudformation")
    name = f"stack-{uuid4().hex}"
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    wait_for_stack(cloudformation, name, "create")
    yield cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    cloudformation.delete_stack(StackName=name)
    eventually(lambda: not _stack_exists(cloudformation, name))


@pytest.fixture
def table(client: Callable[[str], Any], stack: dict[str, Any]) -> Iterator[Table]:
    """The table, without items."""
    made = Table(client("dynamodb"), stack["Outputs"][0]["OutputValue"])
    yield made
    for item in made.dynamodb.scan(TableName=made.name)["Items"]:
        made.dynamodb.delete_item(TableName=made.name, Key={"id": item["id"]})


def test_cloudformation_sets_all_of_a_table(table: Table) -> None:
    """Index, billing, time to live, recovery, encryption and tags are as the template has them."""
    dynamodb = table.dynamodb
    described = dynamodb.describe_table(TableName=table.name)["Table"]
    [index] = described["GlobalSecondaryIndexes"]
    to_live = dynamodb.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=table.name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    tags = dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]

    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["SSEDescription"]["Status"] == "ENABLED"
    assert (index["IndexName"], index["Projection"]) == ("by-status", {"ProjectionType": "KEYS_ONLY"})
    assert to_live == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert recovery == "ENABLED"
    assert {"Key": "project", "Value": "faultline"} in tags


def test_of_concurrent_conditional_updates_one_succeeds(table: Table) -> None:
    """Twenty threads claim an item at once, ten times over: each time one has it, and knows."""

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
    """ADD from twenty threads adds up."""
    with ThreadPoolExecutor(20) as executor:
        list(executor.map(lambda _: table.update("counter", "ADD seen :one", one=_n(1)), range(100)))
    assert table.get("counter") == {"id": {"S": "counter"}, "seen": _n(100)}


@pytest.mark.parametrize("operation", ["put", "update", "delete", "transact"])
def test_a_failed_condition_tells_the_item(table: Table, operation: str) -> None:
    """With ReturnValuesOnConditionCheckFailure=ALL_OLD the error has the item as it is."""
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
    """When one of its conditions fails nothing is written, and each operation's reason is told."""
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
    """A transaction whose conditions hold does all of its operations."""
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
    """An update that grows an item beyond 400 KB leaves the item as it was, or absent."""
    large = {"S": "x" * 300_000}
    table.put("task", payload=large)
    before = table.get("task")
    for name in ("task", "absent"):
        with pytest.raises(ClientError, match=r"ValidationException.*exceeded the maximum allowed size"):
            table.update(name, "SET one = :a, two = :b", a=large, b=large)
    assert table.get("task") == before
    assert table.get("absent") is None


def test_an_item_is_at_most_400_kb(table: Table) -> None:
    """409,600 bytes of names and UTF-8 values are stored, one more is not; a replaced value counts once."""
    room = 400 * 1024 - len("id") - len("task") - len("payload")
    table.put("task", payload={"S": "é" * (room // 2)})
    table.update("task", "SET payload = :new", new={"S": "x" * room})
    with pytest.raises(ClientError, match="ValidationException"):
        table.put("task", payload={"S": "x" * (room + 1)})
    with pytest.raises(ClientError, match="ValidationException"):
        table.update("task", "SET payload = :new", new={"S": "x" * (room + 1)})


def test_a_history_grows_up_to_the_limit(table: Table) -> None:
    """list_append adds to a list that if_not_exists begins, and the list counts for the item's size."""
    entry = {"L": [{"M": {"error": {"S": "x" * 150_000}}}]}
    append = "SET history = list_append(if_not_exists(history, :none), :entry)"
    for _ in range(2):
        table.update("task", append, none={"L": []}, entry=entry)
    with pytest.raises(ClientError, match="exceeded the maximum allowed size"):
        table.update("task", append, none={"L": []}, entry=entry)
    assert len((table.get("task") or {})["history"]["L"]) == 2


def test_an_index_is_read_page_by_page_newest_first(table: Table) -> None:
    """A query of a KEYS_ONLY index returns keys in descending order, and goes on where a page ended."""
    for number in range(7):
        table.put(f"task-{number}", status={"S": "QUEUED"}, at={"S": f"{number // 2}"}, payload={"S": "x"})
    table.put("other", status={"S": "FAILED"}, at={"S": "9"})
    table.put("without")

    found = []
    query: dict[str, Any] = {
        "TableName": table.name,
        "IndexName": "by-status",
        "KeyConditionExpression": "#status = :status",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": {"S": "QUEUED"}},
        "ScanIndexForward": False,
        "Limit": 3,
    }
    while True:
        page = table.dynamodb.query(**query)
        assert len(page["Items"]) <= 3
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        assert set(page["LastEvaluatedKey"]) == {"id", "status", "at"}
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert [set(item) for item in found] == [{"id", "status", "at"}] * 7
    assert sorted(item["id"]["S"] for item in found) == [f"task-{number}" for number in range(7)]
    assert [item["at"]["S"] for item in found] == ["3", "2", "2", "1", "1", "0", "0"]


def test_a_page_goes_on_although_its_last_item_is_gone(table: Table) -> None:
    """ExclusiveStartKey may name an item that has left the index since."""
    for number in range(4):
        table.put(f"task-{number}", status={"S": "QUEUED"}, at={"S": f"{number}"})
    query: dict[str, Any] = {
        "TableName": table.name,
        "IndexName": "by-status",
        "KeyConditionExpression": "#status = :status AND #at BETWEEN :from AND :to",
        "ExpressionAttributeNames": {"#status": "status", "#at": "at"},
        "ExpressionAttributeValues": {":status": {"S": "QUEUED"}, ":from": {"S": "0"}, ":to": {"S": "2"}},
        "Limit": 2,
    }
    page = table.dynamodb.query(**query)
    table.dynamodb.delete_item(TableName=table.name, Key={"id": {"S": "task-1"}})
    rest = table.dynamodb.query(**query, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [item["id"]["S"] for item in rest["Items"]] == ["task-2"]


def test_a_batch_gets_what_there_is(table: Table) -> None:
    """BatchGetItem returns the items that exist, and no unprocessed keys."""
    table.put("a")
    table.put("b")
    keys = [{"id": {"S": name}} for name in ("a", "b", "absent")]
    answer = table.dynamodb.batch_get_item(RequestItems={table.name: {"Keys": keys, "ConsistentRead": True}})
    assert sorted(item["id"]["S"] for item in answer["Responses"][table.name]) == ["a", "b"]
    assert not answer["UnprocessedKeys"]


def test_an_empty_string_is_a_value_but_no_key(table: Table) -> None:
    """An attribute may be an empty string; a key, of an index too, may not."""
    table.put("task", note={"S": ""}, deep={"M": {"note": {"S": ""}}})
    assert (table.get("task") or {})["deep"] == {"M": {"note": {"S": ""}}}
    with pytest.raises(ClientError, match="ValidationException"):
        table.put("")
    with pytest.raises(ClientError, match="ValidationException"):
        table.update("task", "SET at = :none", none={"S": ""})


@pytest.mark.parametrize(
    ("given", "kept"),
    [("1.10", "1.1"), ("007", "7"), ("1E3", "1000"), ("0.0", "0"), ("-2.50", "-2.5"), ("9" * 38, "9" * 38)],
)
def test_numbers_are_kept_without_superfluous_zeros(table: Table, given: str, kept: str) -> None:
    """A number comes back with all of its digits, without leading and trailing zeros."""
    table.put("task", amount={"N": given})
    assert (table.get("task") or {})["amount"] == {"N": kept}


def test_numbers_are_exact(table: Table) -> None:
    """Arithmetic and comparisons are decimal, to 38 digits."""
    table.put("task", amount={"N": "0.3"})
    assert table.update("task", "SET amount = amount - :n", n={"N": "0.1"})["amount"] == {"N": "0.2"}
    assert table.update("task", "REMOVE x", "amount = :n", n={"N": "0.20"})
    table.put("task", amount={"N": "1" * 37 + ".1"})
    grown = table.update(
        "task", "SET amount = amount + :n", "amount > :less", n=_n(1), less={"N": "1" * 37 + ".0"}
    )
    assert grown["amount"] == {"N": "1" * 36 + "2.1"}


def _n(number: int) -> dict[str, str]:
    return {"N": str(number)}


def _stack_exists(cloudformation: Any, name: str) -> bool:
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError:
        return False
    assert found["StackStatus"] != "DELETE_FAILED", found.get("StackStatusReason")
    return bool(found["StackStatus"] != "DELETE_COMPLETE")


def test_answers_are_json_with_a_checksum(table: Table) -> None:
    """Of DynamoDB's own type, with a request id, and CRC32 of the body:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
    """
    bodies: list[bytes] = []
    client = table.dynamodb
    client.meta.events.register(
        "before-parse.dynamodb", lambda response_dict, **_: bodies.append(response_dict["body"])
    )
    answer = client.put_item(TableName=table.name, Item={"id": {"S": "1"}})
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert headers["x-amzn-requestid"] == answer["ResponseMetadata"]["RequestId"]
    assert int(headers["x-amz-crc32"]) == zlib.crc32(bodies[-1])


def test_consumed_capacity_is_told_where_it_is_asked_for(table: Table) -> None:
    """And refused is what it cannot be asked for as."""
    item = {"id": {"S": "1"}}
    answer = table.dynamodb.put_item(TableName=table.name, Item=item, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"]["TableName"] == table.name
    with pytest.raises(ClientError, match=r"ValidationException.*returnConsumedCapacity"):
        table.dynamodb.put_item(TableName=table.name, Item=item, ReturnConsumedCapacity="MUCH")


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_item", "ValidationException"),
        ("put_item", "ValidationException"),
        ("delete_item", "ValidationException"),
        ("update_item", "ValidationException"),
    ],
)
def test_wrong_keys_are_refused(table: Table, operation: str, code: str) -> None:
    given = {"Item" if operation == "put_item" else "Key": {"another": {"S": "1"}}}
    with pytest.raises(ClientError, match=code):
        getattr(table.dynamodb, operation)(TableName=table.name, **given)


def test_no_table_is_not_found(table: Table) -> None:
    for call in (table.dynamodb.get_item, table.dynamodb.delete_item):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(TableName="nobodys", Key={"id": {"S": "1"}})
