"""Deployments that create or keep the callback secret; tests/sandbox has its rotation and its deletion."""

from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from infra.deploy.callback_secret import CallbackSecret
from infra.errors import DeploymentFailed
from infra.stages import stage
from tests.unit.only_clients import OnlyClients

DEV = stage("dev")
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def session() -> OnlyClients:
    return OnlyClients("cloudformation", "ssm")


@pytest.fixture
def ssm(session: OnlyClients) -> Iterator[Stubber]:
    """Stub Systems Manager; CloudFormation answers with the stack's key."""
    key = {"LogicalResourceId": "DataKey", "PhysicalResourceId": KEY_ID, "ResourceType": "AWS::KMS::Key"}
    key |= {"ResourceStatus": "CREATE_COMPLETE"}
    described = {"StackResourceDetail": {**key, "LastUpdatedTimestamp": "2026-01-01T00:00:00Z"}}
    with ExitStack() as stubs:
        found = SimpleNamespace(
            **{name: stubs.enter_context(Stubber(client)) for name, client in session.clients.items()}
        )
        for _ in range(2):
            found.cloudformation.add_response("describe_stack_resource", described)
        yield found.ssm
        found.ssm.assert_no_pending_responses()


def test_secret_on_a_later_page_is_kept(session: OnlyClients, ssm: Stubber) -> None:
    """A page without parameters does not mean that there is no secret."""
    ssm.add_response("describe_parameters", {"Parameters": [], "NextToken": "more"})
    found = {"Name": DEV.callback_secret_parameter, "KeyId": KEY_ID}
    ssm.add_response("describe_parameters", {"Parameters": [found]})

    CallbackSecret(session, DEV).ensure(pytest.fail)


@pytest.mark.parametrize("exists", [False, True])
def test_secret_that_is_not_listed_is_created_but_never_replaced(
    session: OnlyClients, ssm: Stubber, exists: bool
) -> None:
    """A deployment creates a secret only if there is none, whatever the list says."""
    ssm.add_response("describe_parameters", {"Parameters": []})
    if exists:
        ssm.add_client_error("put_parameter", "ParameterAlreadyExists")
    else:
        new = {"Name": DEV.callback_secret_parameter, "KeyId": KEY_ID, "Value": ANY, "Overwrite": False}
        ssm.add_response("put_parameter", {}, new | {"Type": "SecureString", "Description": ANY})

    CallbackSecret(session, DEV).ensure(pytest.fail)


@pytest.fixture
def under_another_key(ssm: Stubber) -> Stubber:
    """Stub a secret that is encrypted with another key than the stack's."""
    found = {"Name": DEV.callback_secret_parameter, "KeyId": "another"}
    ssm.add_response("describe_parameters", {"Parameters": [found]})
    return ssm


def test_secret_whose_key_cannot_be_used_any_more_is_replaced(
    session: OnlyClients, under_another_key: Stubber
) -> None:
    under_another_key.add_client_error("get_parameter", "InvalidKeyId", "key/another is pending deletion")
    under_another_key.add_response("put_parameter", {})
    told: list[str] = []

    CallbackSecret(session, DEV).ensure(told.append)

    [line] = told
    assert line.startswith("callbacks have a new secret; ")
    assert line.endswith("key/another is pending deletion")


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        ("ThrottlingException", ClientError, "ThrottlingException"),
        ("InternalServerError", ClientError, "InternalServerError"),
        (
            "AccessDeniedException",
            DeploymentFailed,
            "if its key was deleted, .*delete-parameter --name /faultline/dev/callback-secret",
        ),
    ],
)
def test_secret_that_may_still_be_valid_is_kept(
    session: OnlyClients, under_another_key: Stubber, code: str, error: type[Exception], told: str
) -> None:
    """A secret that cannot be read now is not replaced, since receivers still verify callbacks with it."""
    under_another_key.add_client_error("get_parameter", code)

    with pytest.raises(error, match=told):
        CallbackSecret(session, DEV).ensure(pytest.fail)
