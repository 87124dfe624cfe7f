"""A gateway of the console without a stage."""

import boto3

from faultline.client.api import ApiClient
from faultline.console.gateway import Gateway
from infra.stages import stage

NOWHERE = "http://127.0.0.1:9"


def gateway(api: ApiClient | None = None, *, is_writable: bool = True) -> Gateway:
    """Return a gateway with a client, by default one whose calls reach nothing."""
    return Gateway(
        api=api or ApiClient(NOWHERE),
        session=boto3.Session(region_name="us-east-1"),
        settings=stage("dev"),
        description="nowhere",
        endpoint_url=None,
        place=(),
        is_writable=is_writable,
    )
