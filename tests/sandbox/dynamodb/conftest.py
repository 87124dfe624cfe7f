"""A table made by CloudFormation, shared by the tests of this folder."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.sandbox.dynamodb.tables import Table
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


@pytest.fixture(scope="package")
def stack(client: Callable[[str], Any]) -> Iterator[dict[str, Any]]:
    """Create a stack with the table, provide its description, and delete it at the end."""
    cloudformation = client("cloudformation")
    name = f"stack-{uuid4().hex}"
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    wait_for_stack(cloudformation, name, "create")
    yield cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    cloudformation.delete_stack(StackName=name)
    eventually(lambda: not _stack_exists(cloudformation, name))


@pytest.fixture
def table(client: Callable[[str], Any], stack: dict[str, Any]) -> Iterator[Table]:
    """Provide the folder's table, and delete its items at the end."""
    made = Table(client("dynamodb"), stack["Outputs"][0]["OutputValue"])
    yield made
    for item in made.dynamodb.scan(TableName=made.name)["Items"]:
        made.dynamodb.delete_item(TableName=made.name, Key={"id": item["id"]})


def _stack_exists(cloudformation: Any, name: str) -> bool:
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError:
        return False
    assert found["StackStatus"] != "DELETE_FAILED", found.get("StackStatusReason")
    return bool(found["StackStatus"] != "DELETE_COMPLETE")
