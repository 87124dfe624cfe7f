"""The key that a stage's data is encrypted with: its own, where the setting says so, else AWS's.

Nobody is given the key. Whoever may use a queue or a table may use its key, through that service and from
this account; so a function's role needs no permission for it, and can decrypt nothing else with it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from typing import Any

from troposphere import GetAtt, Sub, Template
from troposphere.dynamodb import SSESpecification
from troposphere.kms import Key

from infra.stack.data_retention import retention
from infra.stages import StageSettings

KEY = "DataKey"
"""Its logical id."""


def administered_by_the_account() -> dict[str, Any]:
    """The statement without which nobody could change a key.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return {
        "Sid": "AccountAdministersKey",
        "Effect": "Allow",
        "Principal": {"AWS": Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",  # in a key's policy, that key
    }


def add_data_key(template: Template, settings: StageSettings) -> None:
    """Add the key, which changes its material each year, and lives as long as what is encrypted with it."""
    if not settings.customer_managed_key:
        return
    services = [Sub(f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}") for service in ("dynamodb", "sqs")]
    groups = [
        Sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}")
        for name in (settings.log_group_name, settings.access_log_group_name)
    ]
    template.add_resource(
        Key(
            KEY,
            Description=f"Encrypts the tasks of {settings.stack_name}, and its logs",
            EnableKeyRotation=True,
            KeyPolicy={
                "Version": "2012-10-17",
                "Statement": [
                    administered_by_the_account(),
                    {
                        "Sid": "ThroughTablesAndQueues",
                        "Effect": "Allow",
                        "Principal": {"AWS": "*"},  # of this account: see the condition
                        "Action": [
                            "kms:Encrypt",
                            "kms:Decrypt",
                            "kms:ReEncrypt*",
                            "kms:GenerateDataKey*",
                            "kms:DescribeKey",
                            "kms:CreateGrant",
                        ],
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
                        "Action": [
                            "kms:Encrypt",
                            "kms:Decrypt",
                            "kms:ReEncrypt*",
                            "kms:GenerateDataKey*",
                            "kms:DescribeKey",
                        ],
                        "Resource": "*",
                        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": groups}},
                    },
                ],
            },
            **retention(settings),
        )
    )


def of_table(settings: StageSettings) -> SSESpecification:
    """A table's encryption: by the stage's key, else by AWS's own for DynamoDB."""
    if not settings.customer_managed_key:
        return SSESpecification(SSEEnabled=True)
    return SSESpecification(SSEEnabled=True, SSEType="KMS", KMSMasterKeyId=GetAtt(KEY, "Arn"))


def of_queue(settings: StageSettings) -> dict[str, Any]:
    """A queue's properties: encrypted by the stage's key, else by one that SQS has."""
    if not settings.customer_managed_key:
        return {"SqsManagedSseEnabled": True}
    return {"KmsMasterKeyId": GetAtt(KEY, "Arn")}


def of_log_group(settings: StageSettings) -> dict[str, Any]:
    """A log group's properties: encrypted by the stage's key, else as CloudWatch Logs encrypts all."""
    return {"KmsKeyId": GetAtt(KEY, "Arn")} if settings.customer_managed_key else {}
