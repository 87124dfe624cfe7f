"""Deployment of a stage's stack from the checkout, through CloudFormation change sets."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.exceptions import ClientError
from troposphere import Template

from infra.api.openapi import Resolvers
from infra.deploy.account import ensure_gateway_logging
from infra.deploy.artifact_bucket import ArtifactBucket, artifact_bucket
from infra.deploy.callback_secret import CallbackSecret
from infra.deploy.change_set import TemplateSource, prepare
from infra.deploy.concurrency import lacks
from infra.deploy.endpoint import endpoint, is_aws
from infra.deploy.index_steps import await_indexes, index_steps, to_template
from infra.deploy.outputs import Outputs, outputs
from infra.deploy.packaging import Artifact, Platform, lambda_platform, local_platform
from infra.deploy.portable_template import artifact_key
from infra.deploy.rollback import continue_rollback
from infra.deploy.stack_deletion import delete_stack, describe_stack, remains
from infra.deploy.stack_events import Progress
from infra.errors import DeploymentFailed, DeploymentInProgress, InvalidStage, aws_errors
from infra.project.stage_settings import place_of
from infra.stack.functions import CodeLocation
from infra.stack.index_shards import refuse_fewer_shards, telling_of_new_shards
from infra.stack.kinds_record import refuse_removal
from infra.stage_names import options
from infra.stages import StageSettings
from infra.template import template

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

type _Kind = Literal["CREATE", "UPDATE"]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_MAX_INLINE_TEMPLATE_BYTES = 51_200

# A stack whose first deployment failed can only be deleted:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
_NEVER_CREATED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})


def deploy(
    session: boto3.Session,
    settings: StageSettings,
    artifact: Artifact,
    apis: Resolvers,
    *,
    progress: Progress = lambda _: None,
    notice: Callable[[str], None] = lambda _: None,
    adapt: Callable[[Template], None] = lambda _: None,
    remove_kinds: bool = False,
) -> Outputs:
    """Deploy a stage and return its outputs. If nothing has changed, the stack is left unchanged.

    Args:
        session: Region and credentials. boto3 itself takes an emulator's address from AWS_ENDPOINT_URL.
        settings: The stage.
        artifact: The functions' zip.
        apis: The resolvers behind the API.
        progress: Called with each event of each resource.
        notice: Called with a line of text about each unusual step.
        adapt: Changes the template before its deployment, for an emulator that lacks some feature.
        remove_kinds: Whether kinds of work of the deployed stack may be missing.

    Raises:
        InvalidStage: The API would be open to anybody on AWS, a kind of work does not suit the stage, or the
            deployed stack has more partitions in its indexes.
        InvalidApi: The handlers' OpenAPI cannot be expressed for API Gateway.
        DeploymentFailed: CloudFormation failed, and the error lists failed resources with their reasons; or
            the account lacks the concurrency that the stage would provision; or the stack is partly deleted.
        KindsMissing: The deployed stack has kinds of work that would be removed.
        DeploymentInProgress: CloudFormation is still changing this stack.
        TeardownFailed: The remains of a failed first deployment cannot be deleted.
        AwsUnavailable: AWS cannot be reached, or refuses a call.
    """
    name = settings.stack_name
    _refuse_an_open_api(session, settings)
    with aws_errors(f"deploying {name}"):
        client = session.client("cloudformation")
        kind = _clear_the_way(client, settings, notice, progress)
        deployed = _deployed(client, name, kind)
        if not remove_kinds:
            refuse_removal(settings, artifact.kinds, deployed)
        refuse_fewer_shards(settings, deployed)
        for lacking in lacks(session, settings, deployed):
            notice(lacking)
        bucket = artifact_bucket(session, settings)
        code = CodeLocation(bucket=bucket.name, key=artifact_key(artifact))
        bucket.put_file(artifact.path, code.key)
        ensure_gateway_logging(session)
        stack = template(settings, code, apis, artifact.kinds)
        adapt(stack)
        try:
            steps = [*_steps(kind, stack, deployed)]
            tables = session.client("dynamodb")
            # A deployment that was interrupted may have left an index that is being filled.
            await_indexes(tables, deployed, notice)
            for number, (step, body) in enumerate(steps, start=1):
                change_set = prepare(client, name, _source(bucket, body), step)
                if change_set:
                    with telling_of_new_shards(settings, deployed, notice):
                        change_set.execute(progress)
                if len(steps) > number and step == "UPDATE":
                    notice(f"{name} is changed in {len(steps)} steps; {number} is done")
                if kind == "UPDATE":
                    await_indexes(tables, json.loads(body), notice)
        except ClientError as error:
            # Another deployment began after the check above.
            if "_IN_PROGRESS" in error.response["Error"]["Message"]:
                raise _busy(name, "busy") from error
            raise
        client.update_termination_protection(
            StackName=name, EnableTerminationProtection=settings.termination_protection
        )
        CallbackSecret(session, settings).ensure(notice)
    return outputs(session, settings)


def _refuse_an_open_api(session: boto3.Session, settings: StageSettings) -> None:
    if settings.authentication == "none" and is_aws(endpoint(session)):
        raise InvalidStage(
            f"stage {settings.name} has no authentication, and on AWS anybody could call its API; "
            f"set its authentication to api-key in {place_of(settings)}, or deploy another stage"
        )


def platform(session: boto3.Session, settings: StageSettings) -> Platform:
    """Return the platform to build an artifact for: AWS Lambda, or this machine for a local emulator."""
    with aws_errors("looking for AWS"):
        if is_aws(endpoint(session)):
            return lambda_platform(settings.architecture)
    return local_platform()


def _source(bucket: ArtifactBucket, body: str) -> TemplateSource:
    if len(body.encode()) <= _MAX_INLINE_TEMPLATE_BYTES:
        return TemplateSource(body=body)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return TemplateSource(url=bucket.put_text(body, f"templates/{digest}.json"))


def _deployed(client: "CloudFormationClient", name: str, kind: _Kind) -> dict[str, Any]:
    """Return the deployed template of a stack; an empty one for a stack that has yet to be created."""
    return to_template(client.get_template(StackName=name)["TemplateBody"]) if kind == "UPDATE" else {}


def _steps(kind: _Kind, stack: Template, deployed: Mapping[str, Any]) -> Iterator[tuple[_Kind, str]]:
    """Yield the change sets that bring a stack to its template, usually a single one.

    The indexes of a table are changed one by one (`infra.deploy.index_steps`).

    When a stack is created, a second change set protects its tables from deletion. The rollback of a failed
    creation could not delete a protected table, and a deletion of the stack would then retain it, since
    RetainExceptOnCreate applies to the rollback alone. Its name would then stay in use:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    If a deployment is interrupted between the two, the next one updates the stack.
    """
    whole = stack.to_json(indent=None)
    if kind == "CREATE":
        yield kind, (unprotected := _without_deletion_protection(whole))
        if unprotected == whole:
            return
        yield "UPDATE", whole
        return
    wanted = json.loads(whole)
    for body in index_steps(deployed, wanted):
        # The same template must keep the same text, since its key in the bucket is the text's digest.
        yield kind, whole if body == wanted else json.dumps(body)


def _without_deletion_protection(body: str) -> str:
    stack = json.loads(body)
    for resource in stack["Resources"].values():
        if (
            resource["Type"] == "AWS::DynamoDB::Table"
            and "DeletionProtectionEnabled" in resource["Properties"]
        ):
            resource["Properties"]["DeletionProtectionEnabled"] = False
    return json.dumps(stack)


def _clear_the_way(
    client: "CloudFormationClient",
    settings: StageSettings,
    notice: Callable[[str], None],
    progress: Progress,
) -> _Kind:
    """Return whether to create or update the stack.

    First delete what a failed first deployment has left, or continue a rollback that has failed.
    """
    name = settings.stack_name
    stack = describe_stack(client, name)
    # A stack in REVIEW_IN_PROGRESS has no resources yet: a deployment was interrupted before its execution.
    if stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        return "CREATE"
    status = stack["StackStatus"]
    teardown = f"faultline teardown {options(settings.name, aws=is_aws(client.meta.endpoint_url))}"
    if status == "DELETE_IN_PROGRESS":
        raise DeploymentInProgress(f"{name} is being deleted; wait for that to end: {teardown}")
    if status.endswith("_IN_PROGRESS"):
        raise _busy(name, status)
    if status == "DELETE_FAILED":
        raise DeploymentFailed(f"{name} is partly deleted (DELETE_FAILED); continue that: {teardown}")
    if status == "UPDATE_ROLLBACK_FAILED":
        notice(f"{name} is {status}: continuing the rollback of its last deployment")
        continue_rollback(client, name, stack["StackId"], progress)
        return "UPDATE"
    if status == "UPDATE_FAILED":  # only after an update without rollback, which is not ours
        raise DeploymentFailed(
            f"{name} is {status}; repair it in CloudFormation first: {stack.get('StackStatusReason', '')}"
        )
    if status in _NEVER_CREATED:
        if _was_ever_complete(client, stack["StackId"]):
            raise DeploymentFailed(
                f"{name} is {status} after a failed update, which this emulator cannot undo; "
                "restart the emulator"
            )
        notice(f"{name} is {status}: its first deployment failed; deleting it to create it anew")
        delete_stack(client, name, stack["StackId"])
        # A rollback deletes resources with RetainExceptOnCreate. If it fails, the deletion retains the rest.
        if status != "ROLLBACK_COMPLETE" and (kept := remains(client, stack["StackId"])):
            raise DeploymentFailed(
                f"{name} was {status} and is deleted, except for resources that hold data, whose names the "
                "next deployment needs. Delete them if nothing in them is needed, a key last, and deploy "
                "again a minute later",
                kept,
            )
        return "CREATE"
    return "UPDATE"


def _was_ever_complete(client: "CloudFormationClient", stack_arn: str) -> bool:
    """Return whether the stack was ever complete, so that it may hold tasks and must not be deleted.

    On AWS this is never true in the statuses of `_NEVER_CREATED`. LocalStack has no UPDATE_ROLLBACK: a failed
    update ends in ROLLBACK_COMPLETE too. LocalStack then treats the failed template as the deployed one, and
    drops the resources that the update did not reach, so that neither an update nor a deletion repairs the
    stack (services/cloudformation/v2/provider.py, execute_change_set).
    """
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack_arn)
    return any(
        event.get("PhysicalResourceId") == stack_arn
        and event.get("ResourceStatus") in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        for page in pages
        for event in page["StackEvents"]
    )


def _busy(name: str, status: str) -> DeploymentInProgress:
    return DeploymentInProgress(f"another deployment of {name} is in progress ({status}); wait for it")
