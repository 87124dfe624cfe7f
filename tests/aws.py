"""boto3 clients for an emulator."""

from typing import Any

import boto3


def client(service: str, endpoint_url: str, region: str = "us-east-1") -> Any:
    """Create a client for the service, with test credentials."""
    aws: Any = boto3  # mypy would compare the name with those of all services, which takes it half a second
    return aws.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
