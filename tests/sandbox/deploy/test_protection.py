"""Encryption, recovery and deletion protection of a stage, according to its settings."""

import dataclasses
import json
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.api.openapi import resolvers
from infra.deploy.artifact_bucket import artifact_bucket
from infra.deploy.deployment import deploy
from infra.deploy.endpoint import S3_CONFIG
from infra.deploy.outputs import Outputs
from infra.deploy.packaging import Artifact
from infra.stages import StageSettings, stage
from sandbox.process.state_file import Sandbox
from tests.sandbox.deploy.conftest import EMPTY_ZIP, saved
from tests.sandbox.waiting import wait_for_stack


def like(name: str, **changes: object) -> StageSettings:
    return dataclasses.replace(stage(name), name=f"kept-{uuid4().hex[:8]}", **changes)  # type: ignore[arg-type]


class Kept(NamedTuple):
    """A deployed stage with the protection of `staging`."""

    settings: StageSettings
    artifact: Artifact
    outputs: Outputs


@pytest.fixture(scope="module")
def kept(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Deploy a stage for tests that leave it as it is, and delete it at the end."""
    settings = like("staging", retain_data=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
        session = boto3.Session("test", "test", region_name="us-east-1")
        artifact = saved(tmp_path_factory.mktemp("artifact"), EMPTY_ZIP)
        yield Kept(settings, artifact, deploy(session, settings, artifact, resolvers()))
        stacks = session.client("cloudformation")
        stacks.delete_stack(StackName=settings.stack_name)
        wait_for_stack(stacks, settings.stack_name, "delete")


def test_what_is_kept_is_encrypted_with_the_stages_key(session: boto3.Session, kept: Kept) -> None:
    """The task table, both queues and the logs are encrypted with the stage's key, which is rotated."""
    settings, found = kept.settings, kept.outputs
    table = session.client("dynamodb").describe_table(TableName=found.task_table_name)["Table"]
    key = table["SSEDescription"]["KMSMasterKeyArn"]
    for url in (found.task_queue_url, found.task_dlq_url):
        attributes = session.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        assert attributes["Attributes"]["KmsMasterKeyId"] == key
        policy = json.loads(attributes["Attributes"]["Policy"])
        assert {each["Effect"] for each in policy["Statement"]} == {"Deny"}
    groups = session.client("logs").describe_log_groups()["logGroups"]
    own = [each for each in groups if settings.stack_name in each["logGroupName"]]
    assert [each.get("kmsKeyId") for each in own] == [key, key]
    keys = session.client("kms")
    assert keys.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


def test_another_account_reaches_no_queue(session: boto3.Session, kept: Kept) -> None:
    """Both queues refuse other accounts, and admit the stack's own."""
    other = boto3.client(
        "sqs", region_name="us-east-1", aws_access_key_id="1" * 12, aws_secret_access_key="x"
    )
    for url in (kept.outputs.task_queue_url, kept.outputs.task_dlq_url):
        assert session.client("sqs").receive_message(QueueUrl=url)
        with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
            other.receive_message(QueueUrl=url)


def test_a_bucket_of_another_account_is_not_used(session: boto3.Session) -> None:
    """A bucket of another account is refused, since its owner could read or replace the code."""
    settings = like("staging")
    other = boto3.Session("111111111111", "test", region_name="us-east-1").client("s3", config=S3_CONFIG)
    name = f"{settings.stack_name}-artifacts-000000000000-us-east-1"
    other.create_bucket(Bucket=name)

    with pytest.raises(ClientError, match=r"403|AccessDenied"):
        artifact_bucket(session, settings)

    other.delete_bucket(Bucket=name)


def test_a_protected_stack_is_not_deleted(session: boto3.Session, kept: Kept) -> None:
    """A protected stack can be deleted only after its protection is removed, as `kept` then is."""
    stacks = session.client("cloudformation")
    protected = dataclasses.replace(kept.settings, termination_protection=True)
    deploy(session, protected, kept.artifact, resolvers())
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        stacks.delete_stack(StackName=protected.stack_name)
    deploy(session, kept.settings, kept.artifact, resolvers())
    [stack] = stacks.describe_stacks(StackName=protected.stack_name)["Stacks"]
    assert not stack["EnableTerminationProtection"]


def test_only_prod_is_protected_from_being_deleted() -> None:
    """Of the predefined stages, only prod has termination protection."""
    assert [name for name in ("dev", "test", "staging", "prod") if stage(name).termination_protection] == [
        "prod"
    ]
