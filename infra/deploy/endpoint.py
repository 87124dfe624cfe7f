"""Whether a session talks to AWS or to an emulator, and what follows from it."""

from urllib.parse import urlsplit

import boto3
from botocore.config import Config

# The bucket in the path, not in the host: works without wildcard DNS, and on AWS as well.
S3_CONFIG = Config(s3={"addressing_style": "path"})


def endpoint(session: boto3.Session) -> str:
    """The address that CloudFormation is called at: AWS's, or AWS_ENDPOINT_URL's."""
    return session.client("cloudformation").meta.endpoint_url.rstrip("/")


def is_aws(url: str) -> bool:
    """Whether an endpoint is AWS itself, in whichever partition."""
    host = urlsplit(url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


def reachable_api_url(url: str, at: str) -> str:
    """The API's URL as a caller of the endpoint `at` reaches it.

    On AWS it is the stack's own, `https://<id>.execute-api.<region>.amazonaws.com/<stage>`. An
    emulator serves the API under its own address too, which needs no DNS of its own:
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
    """A queue's URL as a caller of the endpoint `at` reaches it: an emulator has other names elsewhere.

    >>> reachable_queue_url("http://127.0.0.1:4566/queue/us-east-1/0/name", "http://localstack:4566")
    'http://localstack:4566/queue/us-east-1/0/name'
    """
    if is_aws(at):
        return url
    there = urlsplit(at)
    return urlsplit(url)._replace(scheme=there.scheme, netloc=there.netloc).geturl()
