"""boto3's exceptions as one line with the failed operation."""

import boto3
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


def test_expired_credentials_are_an_error_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore raises a plain RuntimeError for expired credentials in the environment; others pass."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "a")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2026-01-31T12:00:00Z")
    client = boto3.Session(region_name="us-east-1").client("sts")
    expected = r"^deploying x: the AWS credentials .* have expired"
    with pytest.raises(AwsUnavailable, match=expected), aws_errors("deploying x"):
        client.get_caller_identity()
    with pytest.raises(RuntimeError, match="a bug"), aws_errors("deploying x"):
        raise RuntimeError("a bug")


def test_our_own_errors_pass_as_they_are() -> None:
    with pytest.raises(InfraError, match=r"^mine$"), aws_errors("deploying x"):
        raise InfraError("mine")


def test_failed_deployment_lists_each_resource_with_type_and_reason() -> None:
    failure = ResourceFailure(logical_id="Table", resource_type="AWS::DynamoDB::Table", reason="no")

    assert str(DeploymentFailed("it failed", [failure])) == "it failed\n  Table (AWS::DynamoDB::Table): no"
