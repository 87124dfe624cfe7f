"""Objects and modules that the sandbox creates or imports on demand (sandbox/speed)."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from sandbox.process.state_file import Sandbox

SERVERLESS = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {"Table": {"Type": "AWS::Serverless::SimpleTable"}},
}
CERTIFICATE = "SimpleNotificationService-6c6f63616c737461636b69736e696365.pem"
"""LocalStack's name for the certificate of the key that SNS signs with (services/sns/constants.py)."""


def test_the_certificate_of_sns_is_served(sandbox: Sandbox, client: Callable[..., Any]) -> None:
    client("sns").list_topics()  # it was not served before
    with urllib.request.urlopen(f"{sandbox.endpoint_url}/_aws/sns/{CERTIFICATE}") as answer:
        assert answer.read().startswith(b"-----BEGIN CERTIFICATE-----")


def test_availability_zones_are_listed(client: Callable[..., Any]) -> None:
    """DescribeAvailabilityZones works, although EC2's models are imported only on demand."""
    assert client("ec2").describe_availability_zones()["AvailabilityZones"]


def test_managed_policies_are_listed(client: Callable[..., Any]) -> None:
    pages = client("iam").get_paginator("list_policies").paginate(Scope="AWS")
    assert "AWSLambdaBasicExecutionRole" in {
        each["PolicyName"] for page in pages for each in page["Policies"]
    }


def test_serverless_templates_are_translated(client: Callable[..., Any]) -> None:
    stack = {"StackName": "serverless"}
    cloudformation = client("cloudformation")
    body = json.dumps(SERVERLESS)
    cloudformation.create_stack(**stack, TemplateBody=body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    cloudformation.get_waiter("stack_create_complete").wait(**stack, WaiterConfig={"Delay": 0.05})
    [table] = cloudformation.describe_stack_resources(**stack)["StackResources"]
    assert table["ResourceType"] == "AWS::DynamoDB::Table"
    cloudformation.delete_stack(**stack)
