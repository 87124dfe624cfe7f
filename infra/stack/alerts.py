"""The alert topic, encrypted with the stage's key (`infra.stack.encryption`), and its policy."""

from typing import Any

from troposphere import GetAtt, Ref, Sub, Template
from troposphere.sns import Topic, TopicPolicy

from infra.stack.encryption import KEY
from infra.stages import StageSettings


def add_alerts(template: Template, settings: StageSettings) -> Topic:
    """Add the topic and its policy to a template."""
    topic = template.add_resource(
        Topic(
            "AlertTopic",
            TopicName=f"{settings.stack_name}-alerts",
            KmsMasterKeyId=GetAtt(KEY, "Arn"),
        )
    )
    template.add_resource(
        TopicPolicy("AlertTopicPolicy", Topics=[Ref(topic)], PolicyDocument=_policy(settings, topic))
    )
    return topic


def _policy(settings: StageSettings, topic: Topic) -> dict[str, Any]:
    """Return a policy that lets this stage's alarms publish, and denies access without TLS.

    The policy replaces the policy that SNS gives a new topic. monitor_dlq publishes with its role, which
    suffices within an account:
    https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    account = Sub("${AWS::AccountId}")
    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "WithoutTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["sns:Publish", "sns:Subscribe"],
                "Resource": Ref(topic),
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "AlarmsPublish",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": Ref(topic),
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": Sub(f"{alarms}{settings.stack_name}-*")},
                },
            },
        ],
    }
