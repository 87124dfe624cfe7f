"""The callback secret: made once, kept while it can be read, and deleted with the stack."""

import dataclasses
import json
from typing import Any
from uuid import uuid4

import boto3
import pytest

from faultline.operations import callbacks
from infra.deploy.callback_secret import CallbackSecret
from infra.deploy.teardown import delete, teardown
from infra.errors import StackMissing
from infra.stack.encryption import KEY
from infra.stages import StageSettings, stage
from lambdas.work.http.signature import key_of
from tests.sandbox.waiting import wait_for_stack


@pytest.fixture
def settings() -> StageSettings:
    return dataclasses.replace(stage("staging"), name=f"secret-{uuid4().hex[:8]}")


def with_a_key(session: boto3.Session, settings: StageSettings) -> None:
    """Create a small stack with a KMS key under the name of the stage's stack."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}],
    }
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
    stacks = session.client("cloudformation")
    stacks.create_stack(StackName=settings.stack_name, TemplateBody=json.dumps({"Resources": {KEY: key}}))
    wait_for_stack(stacks, settings.stack_name, "create")


def described(session: boto3.Session, settings: StageSettings) -> list[Any]:
    name = settings.callback_secret_parameter
    filters: Any = [{"Key": "Name", "Values": [name]}]
    return list(session.client("ssm").describe_parameters(ParameterFilters=filters)["Parameters"])


def test_it_is_made_once_and_gone_with_the_stack(session: boto3.Session, settings: StageSettings) -> None:
    """The callback secret has the stack's key, survives deployments, and is deleted with the stack."""
    with_a_key(session, settings)
    secret = CallbackSecret(session, settings)
    secret.ensure(pytest.fail)
    [first] = secret.read()
    assert len(key_of(first)) == 32
    [parameter] = described(session, settings)
    key = session.client("cloudformation").describe_stack_resource(
        StackName=settings.stack_name, LogicalResourceId=KEY
    )["StackResourceDetail"]["PhysicalResourceId"]
    assert parameter["Type"] == "SecureString"
    assert parameter["KeyId"].endswith(key)

    secret.ensure(pytest.fail)
    assert secret.read() == [first]
    second, former = secret.rotate()
    assert former == first != second
    third, former = secret.rotate()
    assert former == second != third
    secret.ensure(pytest.fail)
    assert secret.read() == [third, second]

    planned = teardown(session, settings)
    assert planned is not None
    assert settings.callback_secret_parameter in {each.name for each in planned.loses}
    delete(session, planned)
    assert described(session, settings) == []
    with pytest.raises(StackMissing, match="no callback secret yet"):
        callbacks.secrets(session, settings)


def test_it_is_encrypted_anew_for_another_key(session: boto3.Session, settings: StageSettings) -> None:
    """A secret encrypted with another key is re-encrypted with the stack's key, and keeps its value."""
    with_a_key(session, settings)
    ssm, name = session.client("ssm"), settings.callback_secret_parameter
    another = session.client("kms").create_key()["KeyMetadata"]["KeyId"]
    ssm.put_parameter(Name=name, Type="SecureString", KeyId=another, Value="whsec_AAAA whsec_BBBB")
    secret = CallbackSecret(session, settings)
    secret.ensure(pytest.fail)
    assert secret.read() == ["whsec_AAAA", "whsec_BBBB"]
    [parameter] = described(session, settings)
    assert not parameter["KeyId"].endswith(another)


def test_a_stage_that_is_not_deployed_has_none(session: boto3.Session, settings: StageSettings) -> None:
    with pytest.raises(StackMissing, match="is not deployed"):
        callbacks.rotate(session, settings)
