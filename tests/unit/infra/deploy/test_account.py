"""The role for API Gateway's access logs: set if the account has none, else left alone."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from infra.deploy.account import ensure_gateway_logging

ROLE = {
    "Path": "/",
    "RoleName": "faultline-apigateway-logs",
    "RoleId": "AROA1234567890123456",
    "Arn": "arn:aws:iam::123456789012:role/faultline-apigateway-logs",
    "CreateDate": "2026-01-01T00:00:00Z",
}


class TwoClients(boto3.Session):
    """A session with clients for API Gateway and IAM, which give predefined answers."""

    def __init__(self) -> None:
        super().__init__("id", "secret", region_name="us-east-1")
        self.clients = {name: super(TwoClients, self).client(name) for name in ("apigateway", "iam")}

    def client(self, service_name: str, *_: Any, **__: Any) -> Any:
        return self.clients[service_name]


@pytest.fixture
def session() -> TwoClients:
    return TwoClients()


@pytest.fixture
def gateway(session: TwoClients) -> Iterator[Stubber]:
    with Stubber(session.clients["apigateway"]) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def iam(session: TwoClients) -> Iterator[Stubber]:
    with Stubber(session.clients["iam"]) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_role_that_is_set_is_left_alone(session: TwoClients, gateway: Stubber, iam: Stubber) -> None:
    gateway.add_response("get_account", {"cloudwatchRoleArn": "arn:aws:iam::123456789012:role/theirs"})

    ensure_gateway_logging(session)


@pytest.mark.parametrize("there", [True, False])
def test_role_is_made_and_set_where_none_is(
    session: TwoClients, gateway: Stubber, iam: Stubber, there: bool
) -> None:
    gateway.add_response("get_account", {})
    if there:
        iam.add_response("get_role", {"Role": ROLE})
    else:
        iam.add_client_error("get_role", "NoSuchEntity")
        iam.add_response(
            "create_role",
            {"Role": ROLE},
            {"RoleName": ROLE["RoleName"], "AssumeRolePolicyDocument": ANY},
        )
    iam.add_response(
        "attach_role_policy",
        {},
        {
            "RoleName": ROLE["RoleName"],
            "PolicyArn": "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        },
    )
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE["Arn"]}
    gateway.add_response("update_account", {}, {"patchOperations": [patch]})

    ensure_gateway_logging(session)
