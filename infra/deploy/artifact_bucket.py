"""The bucket from which CloudFormation reads the artifact and large templates.

The bucket is not part of the stack, whose creation needs it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from infra.deploy.endpoint import S3_CONFIG, s3_url
from infra.errors import AwsUnavailable
from infra.stages import StageSettings


@dataclass(frozen=True, kw_only=True)
class ArtifactBucket:
    """A stage's bucket for artifacts and templates, with keys derived from their content.

    Objects therefore never change and are uploaded once. The bucket's name can be guessed, and names are
    global: another account may have created the bucket to read or replace the artifact. Each call therefore
    states the owner, and S3 refuses it for a bucket of another owner:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """

    name: str
    owner: str
    """The account that must own the bucket."""
    session: boto3.Session

    def put_file(self, path: Path, key: str) -> None:
        """Upload a file, unless the key exists.

        Raises:
            AwsUnavailable: S3 refuses the upload, for which boto3 has an exception apart from botocore's.
        """
        s3 = self.session.client("s3", config=S3_CONFIG)
        if not self._has(key):
            try:
                s3.upload_file(str(path), self.name, key, ExtraArgs={"ExpectedBucketOwner": self.owner})
            except S3UploadFailedError as error:
                raise AwsUnavailable(f"uploading the artifact: {error}") from error

    def put_text(self, text: str, key: str) -> str:
        """Upload a text, unless the key exists, and return its https URL."""
        s3 = self.session.client("s3", config=S3_CONFIG)
        if not self._has(key):
            s3.put_object(Bucket=self.name, Key=key, Body=text.encode(), ExpectedBucketOwner=self.owner)
        return f"{s3_url(self.session)}/{self.name}/{key}"

    def _has(self, key: str) -> bool:
        s3 = self.session.client("s3", config=S3_CONFIG)
        try:
            s3.head_object(Bucket=self.name, Key=key, ExpectedBucketOwner=self.owner)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchKey", "NotFound"}:
                raise
            return False
        return True


def artifact_bucket(session: boto3.Session, settings: StageSettings) -> ArtifactBucket:
    """Return the stage's bucket, and create it if it does not exist.

    The bucket is private, encrypted (by S3's default) and closed to plain HTTP. It needs no versioning,
    because objects never change.
    """
    account = session.client("sts").get_caller_identity()["Account"]
    region = session.region_name
    name = f"{settings.stack_name}-artifacts-{account}-{region}"
    bucket = ArtifactBucket(name=name, owner=account, session=session)
    s3 = session.client("s3", config=S3_CONFIG)
    try:
        s3.head_bucket(Bucket=bucket.name, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        _create(s3, bucket.name, region)
    # Repeated for an existing bucket, as an interrupted deployment may have left it without these settings.
    s3.put_public_access_block(
        Bucket=bucket.name,
        ExpectedBucketOwner=account,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    partition = session.get_partition_for_region(region)
    s3.put_bucket_policy(
        Bucket=bucket.name,
        ExpectedBucketOwner=account,
        Policy=json.dumps(_tls_only(f"arn:{partition}:s3:::{bucket.name}")),
    )
    return bucket


def _create(s3: Any, name: str, region: str) -> None:
    # us-east-1 must not be named, unlike all other regions:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    if region == "us-east-1":
        s3.create_bucket(Bucket=name)
    else:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})


def _tls_only(arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
