"""Functions that share an artifact in S3, and keep it when others are updated or deleted."""

import urllib.request
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.executor.localstack import LocalStack, zipped

ONE = """
    def handler(event, context):
        return "one"
"""
OTHER = ONE.replace("one", "other")
BUCKET = "artifacts"
OWN_ACCOUNT = "949334387222"
"""LocalStack's account for its services' own resources (localstack.config, INTERNAL_RESOURCE_ACCOUNT)."""


@pytest.fixture
def key(localstack: LocalStack) -> Iterator[str]:
    """Put an artifact with the module ONE into S3, and provide its key."""
    key = f"{uuid.uuid4()}.zip"
    localstack.objects.create_bucket(Bucket=BUCKET)
    localstack.objects.put_object(Bucket=BUCKET, Key=key, Body=zipped(ONE))
    yield key
    localstack.objects.delete_object(Bucket=BUCKET, Key=key)


def stored_copies(localstack: LocalStack) -> list[str]:
    """Return the keys of the artifacts that Lambda stores in LocalStack's own account."""
    internal = boto3.client("s3", **{**localstack.client, "aws_access_key_id": OWN_ACCOUNT})
    pages = internal.get_paginator("list_objects_v2").paginate(Bucket="awslambda-us-east-1-tasks")
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def made_of(localstack: LocalStack, key: str) -> str:
    """Create a function from the artifact, wait until it can be invoked, and return its name."""
    name = localstack.create("", Code={"S3Bucket": BUCKET, "S3Key": key})
    assert localstack.settled(name) == "Active"
    return name


def test_an_artifact_is_stored_once(localstack: LocalStack, key: str) -> None:
    """Functions with the same artifact share one copy, which is deleted with the last of them."""
    localstack.deploy(ONE)  # so that the bucket exists
    before = stored_copies(localstack)
    names = [made_of(localstack, key) for _ in range(3)]
    assert len(stored_copies(localstack)) == len(before) + 1

    for name in names:
        localstack.functions.delete_function(FunctionName=name)

    assert stored_copies(localstack) == before


def test_a_function_has_its_code_whatever_becomes_of_the_others(localstack: LocalStack, key: str) -> None:
    """A function keeps its code if others with the same artifact are deleted or updated."""
    deleted, changed, kept = [made_of(localstack, key) for _ in range(3)]
    localstack.functions.publish_version(FunctionName=deleted)
    localstack.functions.delete_function(FunctionName=deleted)
    localstack.update(changed, OTHER)

    assert localstack.invoke(changed).payload == "other"
    assert localstack.invoke(kept).payload == "one"
    location = localstack.functions.get_function(FunctionName=kept)["Code"]["Location"]
    path = urlsplit(location)._replace(scheme="", netloc="").geturl()
    with urllib.request.urlopen(localstack.url + path, timeout=60) as stored:
        assert stored.read() == zipped(ONE)


def test_what_was_put_under_the_same_key_is_other_code(localstack: LocalStack, key: str) -> None:
    """A new function gets the object's current content, and an older one keeps its code."""
    first = made_of(localstack, key)
    localstack.objects.put_object(Bucket=BUCKET, Key=key, Body=zipped(OTHER))
    second = made_of(localstack, key)
    assert localstack.invoke(first).payload == "one"
    assert localstack.invoke(second).payload == "other"


def test_code_that_is_not_there_is_refused(localstack: LocalStack, key: str) -> None:
    """A missing artifact is refused with S3's own error."""
    with pytest.raises(ClientError, match="S3 Error Code: NoSuchKey"):
        made_of(localstack, f"no-{key}")
