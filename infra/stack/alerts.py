"""The topic of alerts, encrypted with the stage's key (`infra.stack.encryption`)."""

from troposphere import GetAtt, Template
from troposphere.sns import Topic

from infra.stack.encryption import KEY
from infra.stages import StageSettings


def add_alerts(template: Template, settings: StageSettings) -> Topic:
    """Add the topic to a template."""
    return template.add_resource(
        Topic(
            "AlertTopic",
            TopicName=f"{settings.stack_name}-alerts",
            KmsMasterKeyId=GetAtt(KEY, "Arn"),
        )
    )
