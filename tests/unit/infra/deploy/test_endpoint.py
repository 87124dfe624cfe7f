"""The endpoint of a session, and the URLs of the API and of queues there."""

import boto3
import pytest

from infra.deploy.endpoint import endpoint, is_aws, reachable_api_url, reachable_queue_url, s3_url

ON_AWS = "https://abc.execute-api.eu-west-1.amazonaws.com/prod"


def test_endpoint_is_awss_own_unless_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    session = boto3.Session(region_name="eu-west-1")
    assert endpoint(session) == "https://cloudformation.eu-west-1.amazonaws.com"

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    assert endpoint(session) == "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("url", "aws"),
    [
        ("https://cloudformation.eu-west-1.amazonaws.com", True),
        ("https://cloudformation.cn-north-1.amazonaws.com.cn", True),
        ("https://cloudformation.eu-west-1.api.aws", True),
        ("https://cloudformation.cn-north-1.api.amazonwebservices.com.cn", True),
        ("https://cloudformation.eusc-de-east-1.amazonaws.eu", True),
        ("https://cloudformation.us-iso-east-1.c2s.ic.gov", True),
        ("http://127.0.0.1:4566", False),
        ("http://localhost.localstack.cloud:4566", False),
        ("http://amazonaws.com.example:4566", False),
    ],
)
def test_aws_is_known_by_its_domains(url: str, aws: bool) -> None:
    assert is_aws(url) is aws


def test_api_url_is_the_stacks_on_aws() -> None:
    assert reachable_api_url(ON_AWS, "https://cloudformation.eu-west-1.amazonaws.com") == ON_AWS


@pytest.mark.parametrize(
    "url",
    [
        "https://faultline-dev.execute-api.us-east-1.127.0.0.1/dev",
        "https://faultline-dev.execute-api.localhost.localstack.cloud:4566/dev",
    ],
)
def test_api_url_needs_no_dns_in_an_emulator(url: str) -> None:
    assert (
        reachable_api_url(url, "http://127.0.0.1:4711")
        == "http://127.0.0.1:4711/_aws/execute-api/faultline-dev/dev"
    )


def test_a_queue_is_where_the_emulator_is() -> None:
    """A queue's URL gets the host of the emulator's endpoint, which differs within a container."""
    path = "queue/us-east-1/000000000000/faultline-dev-tasks.fifo"
    assert (
        reachable_queue_url(f"http://127.0.0.1:4566/{path}", "http://localstack:4566")
        == f"http://localstack:4566/{path}"
    )


def test_a_queue_of_aws_is_where_aws_says() -> None:
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/faultline-dev-tasks.fifo"
    assert reachable_queue_url(url, "https://cloudformation.eu-west-1.amazonaws.com") == url


@pytest.mark.parametrize(
    ("variable", "value", "region", "url"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566", "us-east-1", "http://127.0.0.1:4566"),
        ("AWS_USE_FIPS_ENDPOINT", "true", "us-east-1", "https://s3.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true", "cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn"),
        ("AWS_USE_FIPS_ENDPOINT", "false", "eu-west-1", "https://s3.eu-west-1.amazonaws.com"),
    ],
)
def test_cloudformation_reads_templates_from_the_regions_s3(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, region: str, url: str
) -> None:
    """The URL of a template names S3 in its region, whatever the endpoint that uploads it."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv(variable, value)
    assert s3_url(boto3.Session("id", "secret", region_name=region)) == url
