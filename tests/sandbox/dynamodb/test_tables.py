"""Tables in the sandbox: the documented behaviour that the functions rely on."""

import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.dynamodb.tables import Table, _n


def test_cloudformation_sets_all_of_a_table(table: Table) -> None:
    """A table gets its indexes, billing, time to live, recovery, encryption and tags from the template."""
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


def test_an_index_is_read_page_by_page_newest_first(table: Table) -> None:
    """A query of a KEYS_ONLY index returns keys page by page, in descending order."""
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


def test_a_count_is_of_the_same_entries_as_a_page(table: Table) -> None:
    """A count matches a page's entries, with a limit, with a filter, and after an entry has changed."""
    for number in range(5):
        table.put(f"task-{number}", status={"S": "COUNTED"}, at={"S": f"{number}"})
    query: dict[str, Any] = {
        "TableName": table.name,
        "IndexName": "by-status",
        "Select": "COUNT",
        "KeyConditionExpression": "#status = :status",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": {"S": "COUNTED"}},
    }
    for count in (5, 4):
        answer = table.dynamodb.query(**query)
        assert (answer["Count"], answer["ScannedCount"], "Items" in answer) == (count, count, False)
        table.put("task-0", status={"S": "OTHER"}, at={"S": "0"})
    limited = table.dynamodb.query(**query, Limit=3)
    assert (limited["Count"], limited["LastEvaluatedKey"]["id"]) == (3, {"S": "task-3"})
    names = {**query["ExpressionAttributeNames"], "#id": "id"}
    values = {**query["ExpressionAttributeValues"], ":id": {"S": "task-2"}}
    filtered = table.dynamodb.query(
        **{**query, "ExpressionAttributeNames": names, "ExpressionAttributeValues": values},
        FilterExpression="#id > :id",
    )
    assert (filtered["Count"], filtered["ScannedCount"]) == (2, 4)


def test_a_page_goes_on_although_its_last_item_is_gone(table: Table) -> None:
    """A page can start after an item that has since left the index."""
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
    """BatchGetItem returns the existing items, and no unprocessed keys."""
    table.put("a")
    table.put("b")
    keys = [{"id": {"S": name}} for name in ("a", "b", "absent")]
    answer = table.dynamodb.batch_get_item(RequestItems={table.name: {"Keys": keys, "ConsistentRead": True}})
    assert sorted(item["id"]["S"] for item in answer["Responses"][table.name]) == ["a", "b"]
    assert not answer["UnprocessedKeys"]


def test_an_empty_string_is_a_value_but_no_key(table: Table) -> None:
    """Empty strings are accepted in attributes, but rejected in keys of the table and its indexes."""
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


def test_answers_are_json_with_a_checksum(table: Table) -> None:
    """Answers have DynamoDB's media type, a request id, and the body's CRC32.

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
    """Consumed capacity is returned on request; an invalid ReturnConsumedCapacity is refused."""
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
