"""The additional permission for reading an object that does not exist.

S3 tells only those that an object is missing who may list the bucket, and refuses all others with 403:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from collections.abc import Iterator
from typing import Any

from sandbox.services.iam.permissions.calls import Call, Need


def needs_if_missing(call: Call) -> Iterator[Need]:
    """Yield the permission that a read of a missing object needs."""
    if call.service != "s3" or call.operation not in ("GetObject", "HeadObject"):
        return
    from localstack.services.s3.models import s3_stores

    bucket: Any = s3_stores[call.account][call.region].buckets.get(call.parameters["Bucket"])
    if bucket is not None and bucket.objects.get(call.parameters["Key"]) is None:
        yield Need("s3:ListBucket", f"arn:aws:s3:::{bucket.name}")
