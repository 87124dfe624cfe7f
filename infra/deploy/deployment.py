"""Bringing a stage's stack to what the checkout says, by CloudFormation change sets."""

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.exceptions import ClientError
from troposphere import Template

from infra.api.openapi import Resolvers
from infra.deploy.account import ensure_gateway_logging
from infra.deploy.artifact_bucket import ArtifactBucket, artifact_bucket
from infra.deploy.change_set import Progress, TemplateSource, prepare
from infra.deploy.endpoint import endpoint, is_aws
from infra.deploy.outputs import Outputs, outputs
from infra.deploy.packaging import Artifact, Platform, lambda_platform, local_platform
from infra.errors import DeploymentFailed, DeploymentInProgress, aws_errors
from infra.stack.functions import CodeLocation
from infra.stages import StageSettings
from infra.template import template

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackTypeDef

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_MAX_INLINE_TEMPLATE_BYTES = 51_200

# A first deployment that failed leaves a stack that can only be deleted:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
_NEVER_CREATED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})
_PATIENCE = 3
"""Seconds for which DELETE_FAILED must last to be believed."""
_STUCK = frozenset({"UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "DELETE_FAILED"})


def deploy(
    session: boto3.Session,
    settings: StageSettings,
    artifact: Artifact,
    apis: Resolvers,
    *,
    progress: Progress = lambda _: None,
    notice: Callable[[str], None] = lambda _: None,
    adapt: Callable[[Template], None] = lambda _: None,
) -> Outputs:
    """Deploy a stage and return its outputs; where nothing has changed, change nothing.

    Parameters
    ----------
    session
        Says the region and the credentials; boto3 takes an emulator's address from
        AWS_ENDPOINT_URL by itself.
    settings, artifact, apis
        The stage, the functions' zip, and the resolvers behind the API.
    progress
        Called with each event of each resource.
    notice
        Called with one line when something out of the ordinary is done.
    adapt
        Changes the stack before it is deployed, for an emulator that lacks something.

    Raises
    ------
    DeploymentFailed
        with each resource that failed and its reason.
    DeploymentInProgress
        when CloudFormation is busy with this stack.
    AwsUnavailable
        when AWS cannot be reached, or refuses a call.
    """
    name = settings.stack_name
    with aws_errors(f"deploying {name}"):
        client = session.client("cloudformation")
        kind = _clear_the_way(session, client, name, notice)
        bucket = artifact_bucket(session, settings)
        code = CodeLocation(bucket=bucket.name, key=f"functions/{artifact.sha256}.zip")
        bucket.put_file(artifact.path, code.key)
        ensure_gateway_logging(session)
        stack = template(settings, code, apis)
        adapt(stack)
        source = _source(bucket, stack.to_json(indent=None))
        try:
            change_set = prepare(client, name, source, kind)
            if change_set:
                change_set.execute(progress)
        except ClientError as error:
            # Another deployment began since we looked.
            if "_IN_PROGRESS" in error.response["Error"]["Message"]:
                raise _busy(name, "busy") from error
            raise
        client.update_termination_protection(
            StackName=name, EnableTerminationProtection=settings.termination_protection
        )
    return outputs(session, settings)


def platform(session: boto3.Session, settings: StageSettings) -> Platform:
    """What a stage's artifact must be built for: AWS Lambda, or this machine for an emulator on it."""
    with aws_errors("looking for AWS"):
        if is_aws(endpoint(session)):
            return lambda_platform(settings.architecture)
    return local_platform()


def _source(bucket: ArtifactBucket, body: str) -> TemplateSource:
    if len(body.encode()) <= _MAX_INLINE_TEMPLATE_BYTES:
        return TemplateSource(body=body)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return TemplateSource(url=bucket.put_text(body, f"templates/{digest}.json"))


def _clear_the_way(
    session: boto3.Session, client: "CloudFormationClient", name: str, notice: Callable[[str], None]
) -> Literal["CREATE", "UPDATE"]:
    """Whether to create or to update; removes the remains of a first deployment that failed."""
    stack = _describe(client, name)
    # REVIEW_IN_PROGRESS: a deployment was interrupted before it began; there is nothing yet.
    if stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        return "CREATE"
    status = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        raise _busy(name, status)
    if status in _STUCK:
        raise DeploymentFailed(
            f"{name} is {status}; repair it in CloudFormation first: {stack.get('StackStatusReason', '')}"
        )
    if status in _NEVER_CREATED:
        if _was_ever_complete(client, stack["StackId"]):
            raise DeploymentFailed(
                f"{name} is {status} after a failed update, which this emulator cannot undo; "
                "start the emulator anew"
            )
        notice(f"{name} is {status}: its first deployment failed; deleting it to create it anew")
        _unprotect_tables(session, stack)
        _delete(client, stack)
        return "CREATE"
    return "UPDATE"


def _describe(client: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    try:
        [stack] = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return stack


def _was_ever_complete(client: "CloudFormationClient", stack_arn: str) -> bool:
    """Whether the stack was once created, so that it may hold tasks and must not be deleted.

    Never so on AWS in the statuses this is asked for. LocalStack 4.14.0 has no UPDATE_ROLLBACK: a
    failed update ends in ROLLBACK_COMPLETE too, with the failed template taken for the deployed one
    and the resources it did not reach forgotten, so that neither updating nor deleting repairs it
    (services/cloudformation/v2/provider.py, execute_change_set).
    """
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack_arn)
    return any(
        event.get("PhysicalResourceId") == stack_arn
        and event.get("ResourceStatus") in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        for page in pages
        for event in page["StackEvents"]
    )


def _unprotect_tables(session: boto3.Session, stack: "StackTypeDef") -> None:
    """Let a stack that never was be deleted: its table is protected from the moment it exists.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    pages = session.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack["StackId"]):
        for each in page["StackResourceSummaries"]:
            name = each.get("PhysicalResourceId")
            if each["ResourceType"] == "AWS::DynamoDB::Table" and name:
                tables = session.client("dynamodb")
                try:
                    tables.update_table(TableName=name, DeletionProtectionEnabled=False)
                except tables.exceptions.ResourceNotFoundException:
                    continue  # it was not reached, or is gone


def _delete(client: "CloudFormationClient", stack: "StackTypeDef") -> None:
    """Delete a stack and wait until it is gone. Raises DeploymentFailed when it stays.

    DELETE_FAILED counts when it lasts: LocalStack 4.14.0 passes through it while it goes on deleting.
    """
    client.delete_stack(StackName=stack["StackId"])
    failed = 0
    while failed < _PATIENCE:
        [now] = client.describe_stacks(StackName=stack["StackId"])["Stacks"]
        if now["StackStatus"] == "DELETE_COMPLETE":
            return
        failed = failed + 1 if now["StackStatus"] == "DELETE_FAILED" else 0
        time.sleep(1)
    raise DeploymentFailed(f"{stack['StackName']} could not be deleted: {now.get('StackStatusReason', '')}")


def _busy(name: str, status: str) -> DeploymentInProgress:
    return DeploymentInProgress(f"another deployment of {name} is in progress ({status}); wait for it")
