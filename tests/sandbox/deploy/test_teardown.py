"""Deletion of a stack, which retains exactly the announced resources."""

import dataclasses
import functools
import json
from typing import Any
from uuid import uuid4

import boto3
import pytest

from faultline.operations import api_keys
from faultline.operations.errors import ApiKeyRefused
from infra.deploy.endpoint import S3_CONFIG
from infra.deploy.teardown import delete, teardown
from infra.errors import StackProtected, TeardownFailed
from infra.stages import StageSettings, stage
from tests.sandbox.waiting import wait_for_stack

TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}


@pytest.fixture
def settings() -> StageSettings:
    return dataclasses.replace(stage("staging"), name=f"down-{uuid4().hex[:8]}")


def created(session: boto3.Session, settings: StageSettings, resources: dict[str, Any]) -> None:
    """Create a small stack under the name of the stage's stack."""
    stacks = session.client("cloudformation")
    stacks.create_stack(
        StackName=settings.stack_name, TemplateBody=json.dumps({"Resources": resources | TOPIC})
    )
    wait_for_stack(stacks, settings.stack_name, "create")


def test_what_is_retained_is_said_and_stays(session: boto3.Session, settings: StageSettings) -> None:
    """Announced resources are retained, all others are deleted, and a second teardown deletes nothing."""
    kept, gone = f"{settings.stack_name}-kept", f"{settings.stack_name}-gone"
    queue = {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": {"QueueName": kept}}
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": gone}}
    created(session, settings, {"Queue": queue, "Logs": group})

    planned = teardown(session, settings)

    assert planned is not None
    [stays, *outside] = planned.stays
    assert kept in stays.name
    assert (stays.kind, stays.why) == ("AWS::SQS::Queue", "may have messages of tasks that have not ended")
    assert [each.kind for each in outside] == ["AWS::S3::Bucket", "AWS::IAM::Role"]
    lost, secret = planned.loses
    assert (lost.name, lost.why) == (gone, "with its logs")
    assert secret.name == settings.callback_secret_parameter
    assert planned.others == 1
    delete(session, planned)
    assert session.client("sqs").get_queue_url(QueueName=kept)
    assert not session.client("logs").describe_log_groups(logGroupNamePrefix=gone)["logGroups"]
    assert teardown(session, settings) is None
    delete(session, planned)  # As if two people deleted it at once.


def test_a_resource_that_cannot_be_deleted_is_named(session: boto3.Session, settings: StageSettings) -> None:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": f"{settings.stack_name}-t",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    }
    created(session, settings, {"Table": table})
    protect = functools.partial(session.client("dynamodb").update_table, TableName=f"{settings.stack_name}-t")
    protect(DeletionProtectionEnabled=True)
    planned = teardown(session, settings)
    assert planned is not None

    with pytest.raises(TeardownFailed) as failed:
        delete(session, planned)
    message = str(failed.value)
    assert message.startswith(f"{settings.stack_name} could not be deleted: Table (AWS::DynamoDB::Table): ")
    assert "\n" not in message

    protect(DeletionProtectionEnabled=False)
    session.client("dynamodb").delete_table(TableName=f"{settings.stack_name}-t")


def test_a_protected_stack_is_left_alone(session: boto3.Session, settings: StageSettings) -> None:
    created(session, settings, {})
    stacks = session.client("cloudformation")
    stacks.update_termination_protection(StackName=settings.stack_name, EnableTerminationProtection=True)
    planned = teardown(session, settings)
    assert planned is not None

    with pytest.raises(StackProtected, match="turn off termination_protection"):
        delete(session, planned)

    stacks.update_termination_protection(StackName=settings.stack_name, EnableTerminationProtection=False)
    unprotected = teardown(session, settings)
    assert unprotected is not None
    delete(session, unprotected)


def test_a_bucket_is_emptied_before_it_is_deleted(session: boto3.Session, settings: StageSettings) -> None:
    name = f"{settings.stack_name}-objects"
    created(session, settings, {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}})
    s3 = session.client("s3", config=S3_CONFIG)
    for number in range(3):
        s3.put_object(Bucket=name, Key=f"payloads/{number}", Body=b"x")
    planned = teardown(session, settings)
    assert planned is not None
    lost, _ = planned.loses
    assert (lost.name, lost.why) == (name, "with its objects")

    delete(session, planned)

    assert name not in {each["Name"] for each in s3.list_buckets()["Buckets"]}


def test_keys_outlive_the_stage_but_are_no_longer_valid(
    session: boto3.Session, settings: StageSettings
) -> None:
    """A teardown names the stage's keys, which stay; another deployment of the stage does not revive them."""
    plan = {"UsagePlan": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"UsagePlanName": "any"}}}
    created(session, settings, plan)
    other = dataclasses.replace(settings, name=f"{settings.name}-other")
    session.client("apigateway").create_api_key(name=other.api_key_name("client"), enabled=True)
    api_keys.create(session, settings, "client")
    assert [(key.name, key.valid) for key in api_keys.keys(session, settings)] == [("client", True)]

    planned = teardown(session, settings)

    assert planned is not None
    [stays] = [each for each in planned.stays if each.kind == "AWS::ApiGateway::ApiKey"]
    assert stays.name == f"{settings.stack_name}:client"
    assert "no longer valid" in stays.why
    assert f"faultline keys revoke --stage {settings.name} client" in stays.why
    delete(session, planned)
    assert [(key.name, key.valid) for key in api_keys.keys(session, settings)] == [("client", False)]
    created(session, settings, plan)
    assert [(key.name, key.valid) for key in api_keys.keys(session, settings)] == [("client", False)]
    with pytest.raises(ApiKeyRefused, match="client is no longer valid"):
        api_keys.create(session, settings, "client")
    api_keys.revoke(session, settings, "client")
    api_keys.create(session, settings, "client")
    assert [(key.name, key.valid) for key in api_keys.keys(session, settings)] == [("client", True)]
