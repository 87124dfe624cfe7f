"""The topic of alerts, and its key.

The key is the stack's own. CloudWatch alarms cannot publish to a topic with `alias/aws/sns`, whose policy
cannot be changed, and they fail to do so silently:
https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
"""

from dataclasses import dataclass

from troposphere import GetAtt, Sub, Template
from troposphere.kms import Key
from troposphere.sns import Topic

from infra.stack.encryption import administered_by_the_account
from infra.stages import StageSettings


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """The topic and the key that its messages are encrypted with."""

    topic: Topic
    key: Key


def add_alerts(template: Template, settings: StageSettings) -> Alerts:
    """Add the topic and its key to a template."""
    key = Key(
        "AlertKey",
        Description=f"Encrypts the alerts of {settings.stack_name}",
        EnableKeyRotation=True,
        KeyPolicy={
            "Version": "2012-10-17",
            "Statement": [
                administered_by_the_account(),
                {
                    "Sid": "AlarmsPublish",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                    "Resource": "*",
                    "Condition": {"StringEquals": {"aws:SourceAccount": Sub("${AWS::AccountId}")}},
                },
            ],
        },
    )
    topic = Topic(
        "AlertTopic",
        TopicName=f"{settings.stack_name}-alerts",
        KmsMasterKeyId=GetAtt(key, "Arn"),
    )
    return Alerts(topic=template.add_resource(topic), key=template.add_resource(key))
