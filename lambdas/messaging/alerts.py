"""Alerts about dead letters, published to SNS."""

from collections.abc import Set
from typing import TYPE_CHECKING

from lambdas.domain import strict_json
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.task import Task
from lambdas.telemetry.masking import masked

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient


class AlertTopic:
    """SNS topic for the alerts of a stage.

    Args:
        client: SNS client.
        arn: ARN of the topic.
        critical: Categories that need immediate attention.
    """

    def __init__(self, client: "SNSClient", arn: str, critical: Set[Category]) -> None:
        self._client = client
        self._arn = arn
        self._critical = critical

    def dead_lettered(self, task: Task, error: TaskError) -> None:
        """Publish an alert about a dead letter.

        The message is `{taskId, type, category, errorType, reason, critical, attempts, correlationId}`. The
        reason is masked, and the payload is not included.

        `category` and `critical` (`true` or `false`) are also message attributes of type String, by which
        subscriptions can filter:
        https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html

        Raises:
            ClientError, BotoCoreError: SNS rejects the request or is unavailable.
        """
        critical = error.category in self._critical
        self._client.publish(
            TopicArn=self._arn,
            Subject=f"{'Critical dead letter' if critical else 'Dead letter'}: {error.category}",
            Message=strict_json.dumps(
                {
                    "taskId": task.task_id,
                    "type": task.type,
                    "category": error.category,
                    "errorType": error.type,
                    "reason": masked(error.message),
                    "critical": critical,
                    "attempts": task.attempts,
                    "correlationId": task.correlation_id,
                }
            ),
            MessageAttributes={
                "category": {"DataType": "String", "StringValue": error.category.value},
                "critical": {"DataType": "String", "StringValue": str(critical).lower()},
            },
        )
