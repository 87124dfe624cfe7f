"""The actions and resources that calls need.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from typing import Any

import pytest

from sandbox.services.iam.permissions.calls import Call, Need, needs


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        (
            "dynamodb",
            "Query",
            {"TableName": "t", "IndexName": "i"},
            [("Query", "dynamodb:R:A:table/t/index/i")],
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"t": {}, "u": {}}},
            [("BatchGetItem", "dynamodb:R:A:table/t"), ("BatchGetItem", "dynamodb:R:A:table/u")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"ConditionCheck": {"TableName": "t"}}, {"Update": {"TableName": "t"}}]},
            [("ConditionCheckItem", "dynamodb:R:A:table/t"), ("UpdateItem", "dynamodb:R:A:table/t")],
        ),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://h/q/R/A/name"}, [("SendMessage", "sqs:R:A:name")]),
        ("sqs", "SetQueueAttributes", {"QueueUrl": "name"}, [("SetQueueAttributes", "sqs:R:A:name")]),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": "http://h/000000000007/name/"},
            [("SendMessage", "sqs:R:000000000007:name")],
        ),
        ("ssm", "GetParameter", {"Name": "/a/b"}, [("GetParameter", "ssm:R:A:parameter/a/b")]),
        ("lambda", "Invoke", {"FunctionName": "f"}, [("InvokeFunction", "lambda:R:A:function:f")]),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("GetObject", "s3:::b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("ListBucket", "s3:::b")]),
        ("events", "PutEvents", {"Entries": []}, [("PutEvents", None)]),
    ],
)
def test_what_calls_need(
    service: str, operation: str, parameters: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    """Calls need the actions and resources of the service authorization reference."""
    call = Call(service=service, operation=operation, parameters=parameters, region="R", account="A")
    assert needs(call) == [
        Need(f"{service}:{action}", resource and f"arn:aws:{resource}") for action, resource in expected
    ]
