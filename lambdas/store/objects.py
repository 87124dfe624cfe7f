"""Payloads and results that are too large for the table, as objects in the stage's bucket.

A write of 2 MB costs some 2,000 write units in DynamoDB, which takes no item above 400 KB, but a single
request in S3: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-use-s3-too.html

The bucket's lifecycle rules delete objects by their age and by the first part of their keys
(`infra.stack.bucket`):
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

import gzip
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any

from pydantic import JsonValue

MAX_IN_TABLE_BYTES = 200 * 1024
"""Payloads and results that are larger than this, as JSON, become objects."""


class Keep(StrEnum):
    """Purpose of an object, which is the first part of its key."""

    PAYLOAD = "payloads"
    SCHEDULED_PAYLOAD = "scheduled"
    RESULT = "results"


class ObjectGone(Exception):
    """An object has expired or was deleted."""


class Objects:
    """The objects of a stage's bucket: compressed texts.

    Every method raises botocore's ClientError or BotoCoreError when S3 rejects the request or is unavailable.

    Args:
        make_client: Creates the S3 client on first use, as few tasks are that large.
        bucket: Name of the bucket.
    """

    def __init__(self, make_client: Callable[[], Any], bucket: str) -> None:
        self._make_client = make_client
        self._bucket = bucket

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def write(self, key: str, text: str) -> None:
        """Write an object. Writing it again starts its lifetime anew."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=gzip.compress(text.encode(), mtime=0),
            ContentType="application/json",
            ContentEncoding="gzip",
        )

    def read(self, key: str) -> str:
        """Return an object's text.

        Raises:
            ObjectGone: There is no such object.
        """
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            raise ObjectGone(f"{key} has expired") from None
        return gzip.decompress(found["Body"].read()).decode()


def omitted(size: int) -> dict[str, JsonValue]:
    """Return the placeholder for a payload or result that is not shown: `{omitted: true, bytes}`."""
    return {"omitted": True, "bytes": size}
