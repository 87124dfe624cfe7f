"""boto3's exceptions as one line with the failed operation."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from infra.errors import AwsUnavailable, DeploymentFailed, InfraError, ResourceFailure, aws_errors


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "CreateBucket"),
            "deploying x: AWS refused CreateBucket: AccessDenied: not you",
        ),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"),
            'deploying x: Could not connect to the endpoint URL: "http://127.0.0.1:1/"',
        ),
        (NoCredentialsError(), "deploying x: Unable to locate credentials"),
    ],
)
def test_one_line_says_what_failed(error: Exception, message: str) -> None:
    with pytest.raises(AwsUnavailable) as raised, aws_errors("deploying x"):
        raise error

    assert str(raised.value) == message
    assert raised.value.__cause__ is error


def test_our_own_errors_pass_as_they_are() -> None:
    with pytest.raises(InfraError, match=r"^mine$"), aws_errors("deploying x"):
        raise InfraError("mine")


def test_failed_deployment_lists_each_resource_with_type_and_reason() -> None:
    failure = ResourceFailure(logical_id="Table", resource_type="AWS::DynamoDB::Table", reason="no")

    assert str(DeploymentFailed("it failed", [failure])) == "it failed\n  Table (AWS::DynamoDB::Table): no"
