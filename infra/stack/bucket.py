"""The bucket of payloads and results that are too large for the table (`lambdas.store.objects`).

S3 deletes objects by age, with a limit that depends on the first part of the key:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from typing import Any

from troposphere import GetAtt, Sub, Tags, Template
from troposphere.s3 import (
    Bucket,
    BucketEncryption,
    BucketPolicy,
    LifecycleConfiguration,
    LifecycleRule,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
)

from infra.stack.data_retention import retention
from infra.stack.encryption import KEY
from infra.stage_names import STACK_TAG
from infra.stages import StageSettings
from lambdas.domain.submission import MAX_SCHEDULE_AHEAD
from lambdas.store.objects import Keep
from lambdas.store.payloads import KEPT


def add_bucket(template: Template, settings: StageSettings) -> Bucket:
    """Add the bucket: private, encrypted and closed to plain HTTP; its objects expire by age."""
    bucket = template.add_resource(
        Bucket(
            "TaskBucket",
            BucketName=Sub(f"{settings.stack_name}-tasks-${{AWS::AccountId}}-${{AWS::Region}}"),
            BucketEncryption=_encryption(settings),
            PublicAccessBlockConfiguration=PublicAccessBlockConfiguration(
                BlockPublicAcls=True,
                BlockPublicPolicy=True,
                IgnorePublicAcls=True,
                RestrictPublicBuckets=True,
            ),
            OwnershipControls=OwnershipControls(
                Rules=[OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            LifecycleConfiguration=LifecycleConfiguration(
                Rules=[
                    LifecycleRule(Id=what, Prefix=f"{what}/", ExpirationInDays=days, Status="Enabled")
                    for what, days in days_kept(settings).items()
                ]
            ),
            Tags=Tags({STACK_TAG: settings.stack_name}),
            **retention(settings),
        )
    )
    template.add_resource(
        BucketPolicy(
            "TaskBucketPolicy",
            Bucket=bucket.ref(),
            PolicyDocument={"Version": "2012-10-17", "Statement": [_tls_only(bucket)]},
        )
    )
    return bucket


def days_kept(settings: StageSettings) -> dict[Keep, int]:
    """Return the days for which objects are kept: at least as long as the records that refer to them.

    A payload's age counts from its submission, or from when its task began to wait or was redriven; see
    `lambdas.store.payloads`.
    """
    payload = int(KEPT * settings.task_retention_days)
    return {
        Keep.PAYLOAD: payload,
        Keep.SCHEDULED_PAYLOAD: payload + MAX_SCHEDULE_AHEAD.days,
        Keep.RESULT: settings.task_retention_days + 1,
    }


def _encryption(settings: StageSettings) -> BucketEncryption:
    """Return the encryption: with the stage's key if the settings require it, else S3's own.

    A bucket key saves nearly all calls to KMS:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """
    by_default: dict[str, Any] = (
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": GetAtt(KEY, "Arn")}
        if settings.customer_managed_key
        else {"SSEAlgorithm": "AES256"}
    )
    return BucketEncryption(
        ServerSideEncryptionConfiguration=[
            ServerSideEncryptionRule(
                ServerSideEncryptionByDefault=ServerSideEncryptionByDefault(**by_default),
                BucketKeyEnabled=settings.customer_managed_key,
            )
        ]
    )


def _tls_only(bucket: Bucket) -> dict[str, Any]:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [GetAtt(bucket, "Arn"), Sub(f"${{{bucket.title}.Arn}}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
