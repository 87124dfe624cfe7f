"""Deletion of a stage's stack, and a preview of the resources that it deletes and retains.

A deletion can be repeated: it continues where an earlier one ended or was interrupted.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-delete-stack.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.deploy.callback_secret import CallbackSecret, delete_secret
from infra.deploy.endpoint import S3_CONFIG, is_aws
from infra.deploy.stack_deletion import delete_stack, describe_stack
from infra.errors import DeploymentInProgress, StackProtected, TeardownFailed, aws_errors
from infra.project.stage_settings import place_of
from infra.stage_names import options
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackTypeDef

_PARAMETER = "AWS::SSM::Parameter"
"""The type of the callback secret, the only parameter listed among a teardown's losses."""
_RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})
"""The policies with which a stack's deletion retains a resource:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"""
_WHY_RETAINED = {
    "AWS::DynamoDB::Table": "has the records of all tasks",
    "AWS::KMS::Key": "may have encrypted the retained data, which is then unreadable without it",
    "AWS::Logs::LogGroup": "has logs",
    "AWS::S3::Bucket": "has large payloads and results",
    "AWS::SQS::Queue": "may have messages of tasks that have not ended",
}
_GONE_FOR_GOOD = {
    "AWS::DynamoDB::Table": "with its items",
    # https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
    "AWS::KMS::Key": "after a waiting period of 30 days, during which the deletion can be cancelled",
    "AWS::Logs::LogGroup": "with its logs",
    "AWS::S3::Bucket": "with its objects",
    "AWS::SQS::Queue": "with its messages",
}


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A resource that a deletion retains or removes, with the reason or the consequences."""

    name: str
    """The name or id in AWS, else the logical id."""
    kind: str
    """CloudFormation's type, such as `AWS::SQS::Queue`."""
    why: str


@dataclass(frozen=True, kw_only=True)
class Teardown:
    """The planned deletion of a stack.

    Attributes:
        stack_arn: ARN of the stack; None if it is gone.
        is_protected: Whether CloudFormation refuses to delete the stack.
        place: Where the stage's settings are changed.
        stays: Resources that are retained, inside and outside of the stack.
        loses: Deleted resources that hold data.
        others: Number of other resources that are deleted.
    """

    name: str
    stack_arn: str | None
    is_protected: bool
    stays: tuple[Effect, ...]
    loses: tuple[Effect, ...]
    others: int
    place: str = "infra/stages.py"


def teardown(session: boto3.Session, settings: StageSettings) -> Teardown | None:
    """Determine the effects of deleting a stage's stack; return None if nothing is left to delete.

    Raises:
        DeploymentInProgress: CloudFormation is creating or updating the stack.
        AwsUnavailable: AWS cannot be reached, or refuses a call.
    """
    name = settings.stack_name
    with aws_errors(f"looking at {name}"):
        client = session.client("cloudformation")
        stack = describe_stack(client, name)
        if stack is None:
            return _leftover(session, settings)
        status = stack["StackStatus"]
        # A stack in REVIEW_IN_PROGRESS has no resources; `delete` waits for a deletion in progress.
        if status.endswith("_IN_PROGRESS") and not status.startswith(("REVIEW", "DELETE")):
            raise DeploymentInProgress(f"a deployment of {name} is in progress ({status}); wait for it")
        retained = _retained(client, stack)
        resources = [*_resources(client, stack["StackId"])]
        keys = [*_api_keys(session, settings)]
    stays = [
        Effect(name=physical, kind=kind, why=_WHY_RETAINED.get(kind, "required by its DeletionPolicy"))
        for logical, physical, kind in resources
        if logical in retained
    ]
    goes = [(physical, kind) for logical, physical, kind in resources if logical not in retained]
    loses = [
        Effect(name=physical, kind=kind, why=_GONE_FOR_GOOD[kind])
        for physical, kind in goes
        if kind in _GONE_FOR_GOOD
    ]
    return Teardown(
        name=name,
        stack_arn=stack["StackId"],
        is_protected=bool(stack.get("EnableTerminationProtection")),
        stays=(*stays, *_outside(settings), *keys),
        loses=(*loses, _secret(settings)),
        others=len(goes) - len(loses),
        place=place_of(settings),
    )


def _leftover(session: boto3.Session, settings: StageSettings) -> Teardown | None:
    """Plan the deletion of the callback secret, if there is one without a stack.

    CloudFormation ends a deletion that was interrupted, but leaves the secret, which it does not know.
    """
    if not CallbackSecret(session, settings).exists():
        return None
    return Teardown(
        name=settings.stack_name,
        stack_arn=None,
        is_protected=False,
        stays=(),
        loses=(_secret(settings),),
        others=0,
    )


def _secret(settings: StageSettings) -> Effect:
    return Effect(
        name=settings.callback_secret_parameter,
        kind=_PARAMETER,
        why="verifies callbacks at their receivers; another deployment creates a new one",
    )


def delete(session: boto3.Session, planned: Teardown) -> None:
    """Empty the buckets to be lost, delete the stack, wait until it is gone, and delete its callback secret.

    If the deletion is already in progress, wait for its end.

    Raises:
        StackProtected: The stack is protected from deletion.
        TeardownFailed: A resource cannot be deleted.
        AwsUnavailable: AWS cannot be reached, or refuses a call.
    """
    if planned.is_protected:
        raise StackProtected(
            f"{planned.name} is protected from deletion; "
            f"turn off termination_protection in {planned.place}, and deploy that first"
        )
    with aws_errors(f"deleting {planned.name}"):
        for lost in planned.loses:
            if lost.kind == "AWS::S3::Bucket":
                _empty(session, lost.name)
        if planned.stack_arn is not None:
            delete_stack(session.client("cloudformation"), planned.name, planned.stack_arn)
        for lost in planned.loses:
            if lost.kind == _PARAMETER:
                delete_secret(session, lost.name)


def _empty(session: boto3.Session, bucket: str) -> None:
    """Delete the objects of a bucket, since CloudFormation deletes only empty ones.

    S3 answers 200 even if it could not delete some of them:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html

    Raises:
        TeardownFailed: An object cannot be deleted.
    """
    s3: Any = session.client("s3", config=S3_CONFIG)
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            if keys := [{"Key": each["Key"]} for each in page.get("Contents", ())]:
                answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
                if failures := answer.get("Errors"):
                    first = failures[0]
                    raise TeardownFailed(
                        f"{bucket} could not be emptied: {len(failures)} of {len(keys)} objects remain; "
                        f"{first['Key']}: {first['Code']}: {first['Message']}"
                    )
    except s3.exceptions.NoSuchBucket:
        return


def _retained(client: "CloudFormationClient", stack: "StackTypeDef") -> frozenset[str]:
    """Return the logical ids of the resources that the deployed template retains."""
    if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        return frozenset()
    body: Any = client.get_template(StackName=stack["StackId"])["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    return frozenset(
        logical
        for logical, resource in template["Resources"].items()
        if resource.get("DeletionPolicy") in _RETAINED
    )


def _resources(client: "CloudFormationClient", stack_arn: str) -> Iterator[tuple[str, str, str]]:
    """Yield the logical id, the physical id and the type of each resource that still belongs to a stack."""
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack_arn):
        for each in page["StackResourceSummaries"]:
            if each["ResourceStatus"] not in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
                logical = each["LogicalResourceId"]
                yield logical, each.get("PhysicalResourceId") or logical, each["ResourceType"]


def _outside(settings: StageSettings) -> Iterator[Effect]:
    """Yield the resources outside of the stack that a deletion leaves."""
    yield Effect(
        name=f"{settings.stack_name}-artifacts-*",
        kind="AWS::S3::Bucket",
        why="has the artifacts and templates of all deployments, for rollbacks",
    )
    yield Effect(
        name="faultline-apigateway-logs",
        kind="AWS::IAM::Role",
        why="used by API Gateway to write the logs of all stages of the account",
    )


def _api_keys(session: boto3.Session, settings: StageSettings) -> Iterator[Effect]:
    """Yield the API keys of the stage's clients, which are valid only while they are in its usage plan.

    A deployer need not be allowed to list keys, which would also reveal their values:
    https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html
    """
    if settings.authentication != "api-key":
        return
    kind, prefix = "AWS::ApiGateway::ApiKey", settings.api_key_name("")
    gateway = session.client("apigateway")
    place = options(settings.name, aws=is_aws(gateway.meta.endpoint_url))
    try:
        for page in gateway.get_paginator("get_api_keys").paginate(nameQuery=prefix, includeValues=False):
            for key in page["items"]:
                # On AWS the query selects by prefix; LocalStack ignores it.
                if (name := key["name"]).startswith(prefix):
                    client = name.removeprefix(prefix)
                    revoke = f"faultline keys revoke {place} {client}"
                    why = f"no longer valid, nor after another deployment: {revoke}"
                    yield Effect(name=name, kind=kind, why=why)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        why = f"no longer valid, if there are any; they cannot be listed ({code})"
        yield Effect(name=f"{prefix}*", kind=kind, why=why)
