"""A stage whose clients sign their requests, deployed with its real functions."""

import dataclasses
import json
from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest

from faultline.client.api import ApiClient
from faultline.client.authentication import Signing
from infra.api import api_keys
from infra.api.authentication import KeyLimits
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.outputs import Outputs
from infra.deploy.packaging import build, local_platform
from infra.errors import ApiKeyRefused
from infra.stages import StageSettings, stage
from tests.e2e.stack import with_new_key
from tests.sandbox.deploy.conftest import MakeArtifact

SIGNED = dataclasses.replace(
    stage("staging"), name=f"signed-{uuid4().hex[:8]}", authentication="iam", retain_data=False
)


@pytest.fixture
def signed(session: boto3.Session) -> Iterator[Outputs]:
    yield deploy(session, SIGNED, build(local_platform()), resolvers())
    session.client("cloudformation").delete_stack(StackName=SIGNED.stack_name)


def principal(session: boto3.Session, api: Outputs, *methods: str) -> ApiClient:
    """The API as it is called by a user who may call these methods of it."""
    iam, name = session.client("iam"), f"client-{uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    arn = f"arn:aws:execute-api:us-east-1:000000000000:{SIGNED.stack_name}/{SIGNED.name}"
    arns = [f"{arn}/{method}" for method in methods]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arns}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="client", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    own = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    return ApiClient(api.api_url, Signing(own))


def test_a_stage_may_want_signed_requests(session: boto3.Session, signed: Outputs) -> None:
    """Who may submit submits and reads no list; who signs nothing is told so, by a problem."""
    client = principal(session, signed, "POST/tasks")
    assert client.submit({"payload": {}}).status == 202
    refused = client.tasks()
    assert (refused.status, refused.body["type"]) == (403, "urn:faultline:problem:forbidden")
    anybody = ApiClient(signed.api_url).submit({"payload": {}})
    assert (anybody.status, anybody.body["type"]) == (403, "urn:faultline:problem:forbidden")
    assert "not signed" in anybody.body["detail"]
    with pytest.raises(ApiKeyRefused, match="without API keys"):
        api_keys.create(session, SIGNED, "key")


def test_a_stages_way_to_ask_may_be_changed(session: boto3.Session, artifact: MakeArtifact) -> None:
    """From signatures to keys, to fewer requests for a key, and back: each holds once it is deployed."""
    asks_for_signatures = dataclasses.replace(SIGNED, name=f"asks-{uuid4().hex[:8]}")
    asks_for_keys = dataclasses.replace(asks_for_signatures, authentication="api-key")
    few = dataclasses.replace(asks_for_keys, key_limits=KeyLimits(rate=100, burst=100, per_day=2))

    def deployed(settings: StageSettings) -> str:
        return deploy(session, settings, artifact("a"), resolvers()).api_url

    url = deployed(asks_for_signatures)
    assert ApiClient(url).tasks().body["type"] == "urn:faultline:problem:forbidden"
    assert deployed(asks_for_keys) == url
    assert ApiClient(url).tasks().body["type"] == "urn:faultline:problem:invalid-api-key"
    client = ApiClient(url, with_new_key(session, asks_for_keys))
    # These functions are empty: they fail, so they were called.
    assert {client.tasks().status for _ in range(4)} == {502}
    assert deployed(few) == url
    assert [client.tasks().status for _ in range(4)][-1] == 429
    assert deployed(asks_for_signatures) == url
    assert client.tasks().body["type"] == "urn:faultline:problem:forbidden"
    session.client("cloudformation").delete_stack(StackName=few.stack_name)
