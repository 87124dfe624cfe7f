"""Storage of large payloads and results as objects in the stage's S3 bucket.

DynamoDB takes no item above 400 KB, and 2 MB would cost some 2,000 write units, against a single request in
S3: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-use-s3-too.html

Lifecycle rules of the bucket expire objects by age, with a rule for each key prefix (`infra.stack.bucket`):
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

import gzip
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any

from pydantic import JsonValue

MAX_IN_TABLE_BYTES = 200 * 1024
"""Size above which a payload or result, as JSON, is stored as an object."""


class Keep(StrEnum):
    """Purpose of an object, which is the prefix of its key and determines its lifetime."""

    PAYLOAD = "payloads"
    SCHEDULED_PAYLOAD = "scheduled"
    RESULT = "results"


class ObjectGone(Exception):
    """The object has expired or was deleted."""


class Objects:
    """Reads and writes the objects of a stage's bucket, which are compressed texts.

    Every method raises botocore's ClientError or BotoCoreError if S3 rejects the request or is unavailable.

    Args:
        make_client: Function that creates the S3 client; called on first use, as few tasks are that large.
        bucket: Name of the bucket.
    """

    def __init__(self, make_client: Callable[[], Any], bucket: str) -> None:
        self._make_client = make_client
        self._bucket = bucket

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def write(self, key: str, text: str) -> None:
        """Write an object; writing it again restarts its lifetime."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=gzip.compress(text.encode(), mtime=0),
            ContentType="application/json",
            ContentEncoding="gzip",
        )

    def read(self, key: str) -> str:
        """Read the text of an object.

        Raises:
            ObjectGone: The object has expired or was deleted.
        """
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            raise ObjectGone(f"{key} has expired") from None
        return gzip.decompress(found["Body"].read()).decode()


def omitted(size: int) -> dict[str, JsonValue]:
    """Return the placeholder for an omitted payload or result: `{omitted: true, bytes}`."""
    return {"omitted": True, "bytes": size}
