"""A function that makes each call in its event once, and returns the outcomes."""

import os
import sys
from functools import cache
from typing import Any

# The sandbox's own boto3; building and extracting an artifact with one would take seconds.
sys.path.append(os.environ["LIBRARIES"])

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=60)


@cache
def client(service: str) -> Any:
    aws: Any = boto3
    return aws.client(service, config=ONCE)


def outcome(service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return `status`, with `error` and `code` for an error, or only `error` if there is no answer."""
    try:
        answer = getattr(client(service), method)(**parameters)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "error": type(error).__name__, "code": error.response["Error"]["Code"]}
    except HTTPClientError as error:
        return {"error": type(error).__name__}
    return {"status": answer["ResponseMetadata"]["HTTPStatusCode"]}


def handler(event: list[Any], context: Any) -> list[dict[str, Any]]:
    return [outcome(*each) for each in event]
