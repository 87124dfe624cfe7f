"""AWS::SNS::Topic: the key that it encrypts with, and its display name.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.sns.resource_providers.aws_sns_topic import SNSTopicProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, refuse

_ATTRIBUTES = {"DisplayName", "KmsMasterKeyId"}


def correct() -> None:
    """LocalStack's update sees to the display name and tags, and passes over all else."""
    Patch.function(SNSTopicProvider.update, _update).apply()


def _update(update: Any, provider: SNSTopicProvider, request: Any) -> ProgressEvent[Any]:
    before, after = request.previous_state, request.desired_state
    # LocalStack takes a topic whose template names it not for renamed.
    after.setdefault("TopicName", before["TopicName"])
    changes = changed(provider, request)
    refuse(changes - _ATTRIBUTES - {"Tags"})
    for name in sorted(changes & _ATTRIBUTES):
        request.aws_client_factory.sns.set_topic_attributes(
            TopicArn=before["TopicArn"], AttributeName=name, AttributeValue=after.get(name, "")
        )
    progress: ProgressEvent[Any] = update(provider, request)
    return progress
