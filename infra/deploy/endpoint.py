"""The endpoint of a session, AWS's or an emulator's, and the URLs that are reachable from there."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.loaders import create_loader

# Path-style addresses need no wildcard DNS, and work on AWS as well.
S3_CONFIG = Config(s3={"addressing_style": "path"})


def endpoint(session: boto3.Session) -> str:
    """Return the URL at which a session calls CloudFormation: AWS's, or AWS_ENDPOINT_URL."""
    return session.client("cloudformation").meta.endpoint_url.rstrip("/")


def is_aws(url: str) -> bool:
    """Return whether an endpoint is AWS itself, in any partition."""
    host = urlsplit(url).hostname or ""
    outputs = _partitions().values()
    suffixes = {each[key] for each in outputs for key in ("dnsSuffix", "dualStackDnsSuffix")}
    return host.endswith(tuple(f".{suffix}" for suffix in suffixes))


def s3_url(session: boto3.Session) -> str:
    """Return the URL of S3 in the session's region, to which a bucket's name and a key are appended.

    On AWS this is not the client's URL: with AWS_USE_FIPS_ENDPOINT that names no region in us-east-1, and
    no host. https://docs.aws.amazon.com/general/latest/gr/s3.html
    """
    url: str = session.client("s3", config=S3_CONFIG).meta.endpoint_url.rstrip("/")
    if not is_aws(url):
        return url
    region = session.region_name
    return f"https://s3.{region}.{_partitions()[session.get_partition_for_region(region)]['dnsSuffix']}"


@cache
def _partitions() -> dict[str, dict[str, Any]]:
    """Return the properties of AWS's partitions by id, such as the suffixes of their hosts' names."""
    known = create_loader().load_data("partitions")["partitions"]
    return {each["id"]: each["outputs"] for each in known}


def reachable_api_url(url: str, at: str) -> str:
    """Return the API's URL as reachable from the endpoint `at`.

    On AWS that is the stack's output, `https://<id>.execute-api.<region>.amazonaws.com/<stage>`. An emulator
    also serves the API under its own address, which needs no DNS:
    https://docs.localstack.cloud/aws/services/apigateway/ ("Accessing the API Gateway")

    >>> reachable_api_url("https://abc.execute-api.us-east-1.amazonaws.com/dev", "http://127.0.0.1:4566")
    'http://127.0.0.1:4566/_aws/execute-api/abc/dev'
    """
    if is_aws(at):
        return url
    parts = urlsplit(url)
    api_id = (parts.hostname or "").partition(".")[0]
    return f"{at}/_aws/execute-api/{api_id}{parts.path}"


def reachable_queue_url(url: str, at: str) -> str:
    """Return a queue's URL with the host of the endpoint `at`, since an emulator may have several names.

    >>> reachable_queue_url("http://127.0.0.1:4566/queue/us-east-1/0/name", "http://localstack:4566")
    'http://localstack:4566/queue/us-east-1/0/name'
    """
    if is_aws(at):
        return url
    there = urlsplit(at)
    return urlsplit(url)._replace(scheme=there.scheme, netloc=there.netloc).geturl()
