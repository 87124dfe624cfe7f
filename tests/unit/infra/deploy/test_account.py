"""The role for API Gateway's access logs: set if the account has none, else left alone."""

from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from infra.deploy.account import ensure_gateway_logging
from tests.unit.only_clients import OnlyClients

ROLE = {
    "Path": "/",
    "RoleName": "faultline-apigateway-logs",
    "RoleId": "AROA1234567890123456",
    "Arn": "arn:aws:iam::123456789012:role/faultline-apigateway-logs",
    "CreateDate": "2026-01-01T00:00:00Z",
}


def never(seconds: float) -> None:
    pytest.fail(f"waited {seconds} s")


@pytest.fixture
def session() -> OnlyClients:
    return OnlyClients("apigateway", "iam")


@pytest.fixture
def gateway(session: OnlyClients) -> Iterator[Stubber]:
    with Stubber(session.clients["apigateway"]) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def iam(session: OnlyClients) -> Iterator[Stubber]:
    with Stubber(session.clients["iam"]) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_role_that_is_set_is_left_alone(session: OnlyClients, gateway: Stubber, iam: Stubber) -> None:
    gateway.add_response("get_account", {"cloudwatchRoleArn": "arn:aws:iam::123456789012:role/theirs"})

    ensure_gateway_logging(session, sleep=never)


@pytest.mark.parametrize("there", [True, False])
def test_role_is_made_and_set_where_none_is(
    session: OnlyClients, gateway: Stubber, iam: Stubber, there: bool
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
    waited: list[float] = []

    ensure_gateway_logging(session, sleep=waited.append)

    assert waited == ([] if there else [10]), "a new role is not visible at once"


@pytest.fixture
def refused(gateway: Stubber, iam: Stubber) -> Callable[[str], None]:
    """Return a function that stubs a refusal of the role with an error code."""
    gateway.add_response("get_account", {})
    iam.add_response("get_role", {"Role": ROLE})
    iam.add_response("attach_role_policy", {})
    return lambda code: gateway.add_client_error("update_account", code)


def test_calls_are_repeated_no_faster_than_the_quota(
    session: OnlyClients, gateway: Stubber, refused: Callable[[str], None]
) -> None:
    """API Gateway refuses a new role at first, and more than one UpdateAccount in 20 seconds."""
    refused("BadRequestException")
    refused("TooManyRequestsException")
    gateway.add_response("update_account", {})
    waited: list[float] = []

    ensure_gateway_logging(session, sleep=waited.append)

    assert waited == [20, 20]


def test_a_role_that_is_refused_for_long_is_an_error(
    session: OnlyClients, refused: Callable[[str], None]
) -> None:
    for _ in range(10):
        refused("BadRequestException")
    waited: list[float] = []

    with pytest.raises(ClientError, match="BadRequestException"):
        ensure_gateway_logging(session, sleep=waited.append)

    assert sum(waited) == 180


def test_an_error_that_does_not_end_is_not_waited_for(
    session: OnlyClients, refused: Callable[[str], None]
) -> None:
    refused("UnauthorizedException")

    with pytest.raises(ClientError, match="UnauthorizedException"):
        ensure_gateway_logging(session, sleep=never)
