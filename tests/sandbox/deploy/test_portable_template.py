"""The template for other tools, deployed by CloudFormation alone."""

import dataclasses
import json
from contextlib import suppress
from typing import Literal
from uuid import uuid4

import boto3
from botocore.exceptions import WaiterError

from infra.api.openapi import resolvers
from infra.deploy.artifact_bucket import artifact_bucket
from infra.deploy.packaging import Artifact
from infra.deploy.portable_template import artifact_key, portable_template
from infra.deploy.stack_deletion import describe_stack
from infra.stages import StageSettings, stage
from tests.sandbox.deploy.conftest import MakeArtifact
from tests.sandbox.waiting import wait_for_stack


def protected_stage() -> StageSettings:
    """Return a stage that protects its table from deletion."""
    return dataclasses.replace(stage("staging"), name=f"portable-{uuid4().hex[:8]}")


def applied(session: boto3.Session, settings: StageSettings, artifact: Artifact, **given: str) -> str:
    """Create or update a stack as `aws cloudformation deploy` does, and return its status."""
    bucket, stacks = artifact_bucket(session, settings), session.client("cloudformation")
    bucket.put_file(artifact.path, artifact_key(artifact))
    event: Literal["update", "create"] = "update" if describe_stack(stacks, settings.stack_name) else "create"
    change_set = stacks.create_change_set(
        StackName=settings.stack_name,
        ChangeSetName=f"change-{uuid4()}",
        ChangeSetType="UPDATE" if event == "update" else "CREATE",
        TemplateURL=bucket.put_text(
            json.dumps(portable_template(settings, artifact, resolvers())), f"templates/{uuid4()}.json"
        ),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in {"ArtifactBucket": bucket.name, **given}.items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )["Id"]
    stacks.get_waiter("change_set_create_complete").wait(ChangeSetName=change_set)
    stacks.execute_change_set(ChangeSetName=change_set)
    with suppress(WaiterError):
        wait_for_stack(stacks, settings.stack_name, event)
    found = describe_stack(stacks, settings.stack_name)
    return found["StackStatus"] if found else "missing"


def is_protected(session: boto3.Session, settings: StageSettings) -> bool:
    table = session.client("dynamodb").describe_table(TableName=settings.task_table_name)["Table"]
    return table["DeletionProtectionEnabled"]


def test_the_table_is_protected_once_the_stack_is_complete(
    session: boto3.Session, artifact: MakeArtifact, broken_artifact: Artifact
) -> None:
    """CloudFormation can delete what a failed first deployment has created, and the next one succeeds.

    The parameter ProtectTable then protects the table of the complete stack from deletion.
    """
    settings = protected_stage()

    assert applied(session, settings, broken_artifact) == "ROLLBACK_COMPLETE"

    stacks = session.client("cloudformation")
    stacks.delete_stack(StackName=settings.stack_name)
    wait_for_stack(stacks, settings.stack_name, "delete")
    assert applied(session, settings, artifact("a")) == "CREATE_COMPLETE"
    assert not is_protected(session, settings)

    assert applied(session, settings, artifact("a"), ProtectTable="true") == "UPDATE_COMPLETE"
    assert is_protected(session, settings)
