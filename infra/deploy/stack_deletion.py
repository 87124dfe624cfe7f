"""Deletion of a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-delete-stack.html
"""

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.errors import ResourceFailure, TeardownFailed

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

_DELETE_FAILED_SECONDS = 3
"""How long DELETE_FAILED must last to be final; LocalStack passes through it while still deleting."""
_PAUSE_SECONDS = 0.5
_TO_DELETE = {
    "AWS::DynamoDB::Table": "aws dynamodb delete-table --region {region} --table-name {id}",
    "AWS::KMS::Key": "aws kms schedule-key-deletion --region {region} --key-id {id}",
    "AWS::S3::Bucket": "aws s3 rb --region {region} --force s3://{id}",
    "AWS::SQS::Queue": "aws sqs delete-queue --region {region} --queue-url {id}",
}
"""Commands that delete resources, with places for the region and the physical id."""


def delete_stack(client: "CloudFormationClient", stack_name: str, stack_arn: str) -> None:
    """Delete a stack and wait until it is gone, even if its deletion is already in progress.

    Raises:
        TeardownFailed: A resource cannot be deleted.
    """
    before = {event["EventId"] for event in _events(client, stack_arn)}
    client.delete_stack(StackName=stack_arn)
    gone = _ends(client, stack_arn)
    failures = _failures(event for event in _events(client, stack_arn) if event["EventId"] not in before)
    if failures or not gone:
        why = "; ".join(map(str, failures)) or "no reason given"
        raise TeardownFailed(f"{stack_name} could not be deleted: {why}")


def remains(client: "CloudFormationClient", stack_arn: str) -> list[ResourceFailure]:
    """Return the resources that a stack's deletion has retained, each with the command that deletes it."""
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_arn)
    return [
        ResourceFailure(
            logical_id=each["LogicalResourceId"],
            resource_type=each["ResourceType"],
            reason=_TO_DELETE.get(each["ResourceType"], "{id}").format(
                region=client.meta.region_name, id=each["PhysicalResourceId"]
            ),
        )
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["ResourceStatus"] == "DELETE_SKIPPED"
    ]


def describe_stack(client: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    """Return a stack by name or ARN; None if there is none."""
    try:
        [stack] = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return stack


def _ends(client: "CloudFormationClient", stack_arn: str) -> bool:
    """Wait until a deletion has ended, and return whether the stack is gone."""
    failed_at: float | None = None
    while failed_at is None or time.monotonic() - failed_at < _DELETE_FAILED_SECONDS:
        stack = describe_stack(client, stack_arn)
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return True
        if stack["StackStatus"] != "DELETE_FAILED":
            failed_at = None
        elif failed_at is None:
            failed_at = time.monotonic()
        time.sleep(_PAUSE_SECONDS)
    return False


def _failures(newest_first: Iterable["StackEventTypeDef"]) -> list[ResourceFailure]:
    """Return the resources whose last event is a failure, since CloudFormation retries some deletions."""
    last: dict[str, StackEventTypeDef] = {}
    for event in newest_first:
        if event.get("PhysicalResourceId") != event["StackId"]:
            last.setdefault(event["LogicalResourceId"], event)
    return [
        ResourceFailure(
            logical_id=logical,
            resource_type=event["ResourceType"],
            reason=event.get("ResourceStatusReason") or "no reason given",
        )
        for logical, event in last.items()
        if event["ResourceStatus"] == "DELETE_FAILED"
    ]


def _events(client: "CloudFormationClient", stack_arn: str) -> Iterator["StackEventTypeDef"]:
    """Yield the events of a stack, newest first."""
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_arn):
        yield from page["StackEvents"]
