"""The endpoint of a session, AWS's or an emulator's, and the URLs that are reachable from there."""

from urllib.parse import urlsplit

import boto3
from botocore.config import Config

# Path-style addresses need no wildcard DNS, and work on AWS as well.
S3_CONFIG = Config(s3={"addressing_style": "path"})


def endpoint(session: boto3.Session) -> str:
    """Return the URL at which a session calls CloudFormation: AWS's, or AWS_ENDPOINT_URL."""
    return session.client("cloudformation").meta.endpoint_url.rstrip("/")


def is_aws(url: str) -> bool:
    """Return whether an endpoint is AWS itself, in any partition."""
    host = urlsplit(url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


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
