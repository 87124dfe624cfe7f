"""Moto's answers when it is called directly and by requests, compared."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.spec import load_service
from localstack.http import Request, Response
from localstack.services.moto import dispatch_to_moto

from sandbox.speed.tables.direct_calls import OPERATIONS, call_moto

ACCOUNT = "000000000000"
TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
KEY = {"id": {"S": "1"}}
OF_TABLE = {"TableName": "t", "Key": KEY}
ID = {":x": KEY["id"]}
VALUES = {"ExpressionAttributeValues": {":x": {"N": "2"}}}
REQUESTS: list[tuple[str, Any]] = [
    ("PutItem", {"TableName": "t", "Item": {**KEY, "n": {"N": "1"}}}),
    ("PutItem", {"TableName": "t", "Item": KEY, "ReturnConsumedCapacity": "TOTAL"}),
    ("PutItem", {"TableName": "t", "Item": KEY, "ReturnConsumedCapacity": "MUCH"}),
    ("PutItem", {"TableName": "t", "Item": KEY, "ConditionExpression": "attribute_not_exists(id)"}),
    ("PutItem", {"TableName": "t", "Item": {"another": {"S": "1"}}}),
    ("PutItem", {"TableName": "gone", "Item": KEY}),
    ("GetItem", OF_TABLE),
    ("GetItem", {**OF_TABLE, "Key": {"another": {"S": "1"}}}),
    ("GetItem", {**OF_TABLE, "TableName": "gone"}),
    ("UpdateItem", {**OF_TABLE, "UpdateExpression": "SET n = :x", "ReturnValues": "ALL_NEW", **VALUES}),
    ("UpdateItem", {**OF_TABLE, "UpdateExpression": "SET n = ", **VALUES}),
    ("UpdateItem", {**OF_TABLE, "UpdateExpression": "SET n = :x", "ConditionExpression": "n > :x", **VALUES}),
    ("Query", {"TableName": "t", "KeyConditionExpression": "id = :x", "ExpressionAttributeValues": ID}),
    ("Query", {"TableName": "t", "IndexName": "none", "KeyConditionExpression": "id = :x", **VALUES}),
    ("Scan", {"TableName": "t"}),
    ("BatchGetItem", {"RequestItems": {"t": {"Keys": [KEY]}}}),
    ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": {"id": {"S": "2"}}}}]}}),
    ("TransactGetItems", {"TransactItems": [{"Get": OF_TABLE}]}),
    ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": {"id": {"S": "3"}}}}]}),
    (
        "TransactWriteItems",
        {"TransactItems": [{"Delete": {**OF_TABLE, "ConditionExpression": "attribute_not_exists(id)"}}]},
    ),
    ("DeleteItem", {**OF_TABLE, "ReturnValues": "ALL_OLD"}),
    ("DeleteItem", {**OF_TABLE, "TableName": "gone"}),
    ("DescribeTable", {"TableName": "gone"}),
]  # fmt: skip
"""The requests to compare, in sequence, on a table that is empty at first."""


def answered(call: Callable[[RequestContext], Response], region: str, operation: str, body: Any) -> Any:
    """Return the status and content of a request's answer, or the refusal's code and message."""
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{region}/dynamodb/aws4_request",
        "x-moto-account-id": ACCOUNT,
        "Host": "127.0.0.1",
    }
    context = RequestContext(Request("POST", "/", headers=headers, body=json.dumps(body), raw_path="/"))
    context.service = load_service("dynamodb")
    context.operation = context.service.operation_model(operation)
    context.account_id, context.region = ACCOUNT, region
    try:
        answer = call(context)
    except CommonServiceException as refusal:
        return refusal.code, refusal.message
    assert "x-amz-crc32" in answer.headers
    return answer.status_code, json.loads(answer.data.replace(region.encode(), b"region"))


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Any, Any]]:
    """Return the answers to each request, of moto's own way in one region and of direct calls in another."""
    ways = ((dispatch_to_moto, "us-east-1"), (call_moto, "us-west-2"))
    for call, region in ways:
        answered(call, region, "CreateTable", TABLE)
    answers = [
        [answered(call, region, operation, body) for operation, body in REQUESTS] for call, region in ways
    ]
    return list(zip(*answers, strict=True))


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=[operation for operation, _ in REQUESTS])
def test_the_answer_is_the_same(number: int, pairs: list[tuple[Any, Any]]) -> None:
    """Answers and refusals are the same with and without direct calls."""
    through, past = pairs[number]
    assert past == through


def test_all_of_them_are_compared(pairs: list[tuple[Any, Any]]) -> None:
    """The requests cover each operation that is called directly, others, and both answers and refusals."""
    assert {operation for operation, _ in REQUESTS} > set(OPERATIONS)
    assert {200, 400} <= {past[0] for _, past in pairs}
