"""Encryption of a stage's data: with the stage's key if the settings require it, else with AWS's keys.

Alerts are always encrypted with the stage's key. CloudWatch alarms cannot publish to a topic encrypted with
`alias/aws/sns`, whose policy cannot be changed, and they fail silently:
https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
The secret that signs callbacks (`infra.deploy.callback_secret`) is encrypted with the stage's key, too: the
AWS-managed key for parameters would let every principal of the account decrypt it.
https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-restrict-decryption.html
A stage has only one key, since each costs a dollar a month: https://aws.amazon.com/kms/pricing/

No role has a permission on the key for the data in tables, buckets and queues. The key's policy allows every
principal of this account to use it through DynamoDB, S3 and SQS, so that access to a table, bucket or queue
includes its key, and a function can decrypt nothing else with it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html

A stage may stop encrypting its data with the key (`customer_managed_key`). Objects and queued messages that
it has encrypted still need it, so its policy and its retention do not depend on that setting. If the key has
never encrypted data, the policy gives access to nothing.
"""

from typing import Any

from troposphere import GetAtt, Sub, Tags, Template
from troposphere.dynamodb import SSESpecification
from troposphere.kms import Key

from infra.stack.data_retention import retention
from infra.stage_names import STACK_TAG
from infra.stages import StageSettings

KEY = "DataKey"
"""The key's logical id."""

_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
"""A service's uses of a key: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""


def add_key(template: Template, settings: StageSettings) -> None:
    """Add the key, which rotates every year and is retained as long as data that it may encrypt."""
    others = ("alerts", "the callback secret")
    encrypted = ("tasks", "logs", *others) if settings.customer_managed_key else others
    template.add_resource(
        Key(
            KEY,
            Description=f"Encrypts of {settings.stack_name}: {', '.join(encrypted)}",
            EnableKeyRotation=True,
            Tags=Tags({STACK_TAG: settings.stack_name}),
            KeyPolicy={
                "Version": "2012-10-17",
                "Statement": [
                    _administered_by_the_account(),
                    _alarms_publish(),
                    *_data(settings),
                ],
            },
            **retention(settings),
        )
    )


def _administered_by_the_account() -> dict[str, Any]:
    """Return the statement that lets the account manage a key. Without it, nobody could.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return {
        "Sid": "AccountAdministersKey",
        "Effect": "Allow",
        "Principal": {"AWS": Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",  # In a key policy this is the key itself.
    }


def _alarms_publish() -> dict[str, Any]:
    """Return the statement that lets this account's alarms publish to a topic encrypted with the key.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return {
        "Sid": "AlarmsPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": Sub("${AWS::AccountId}")}},
    }


def _data(settings: StageSettings) -> list[dict[str, Any]]:
    """Return the statements for tables, the bucket, queues and logs."""
    services = [
        Sub(f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}") for service in ("dynamodb", "s3", "sqs")
    ]
    groups = [
        Sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}")
        for name in (settings.log_group_name, settings.access_log_group_name)
    ]
    return [
        {
            "Sid": "ThroughTablesBucketAndQueues",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},  # Restricted to this account by the condition.
            "Action": [*_USE, "kms:CreateGrant"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "kms:CallerAccount": Sub("${AWS::AccountId}"),
                    "kms:ViaService": services,
                }
            },
        },
        {
            "Sid": "LogsOfThisStage",
            "Effect": "Allow",
            "Principal": {"Service": Sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
            "Action": [*_USE],
            "Resource": "*",
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": groups}},
        },
    ]


def of_table(settings: StageSettings) -> SSESpecification:
    """Return a table's encryption: with the stage's key, else with AWS's key for DynamoDB."""
    if not settings.customer_managed_key:
        return SSESpecification(SSEEnabled=True)
    return SSESpecification(SSEEnabled=True, SSEType="KMS", KMSMasterKeyId=GetAtt(KEY, "Arn"))


def of_queue(settings: StageSettings) -> dict[str, Any]:
    """Return a queue's properties for encryption: with the stage's key, else with a key managed by SQS."""
    if not settings.customer_managed_key:
        return {"SqsManagedSseEnabled": True}
    return {"KmsMasterKeyId": GetAtt(KEY, "Arn")}


def of_log_group(settings: StageSettings) -> dict[str, Any]:
    """Return a log group's properties for encryption: with the stage's key, else CloudWatch Logs' default."""
    return {"KmsKeyId": GetAtt(KEY, "Arn")} if settings.customer_managed_key else {}
