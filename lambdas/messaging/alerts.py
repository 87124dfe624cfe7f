"""Alerts to people, through SNS."""

from collections.abc import Set
from typing import TYPE_CHECKING

from lambdas.domain import strict_json
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.task import Task
from lambdas.telemetry.masking import masked

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient


class AlertTopic:
    """The topic of a stage.

    Args:
        critical: the categories that somebody is to look at at once.
    """

    def __init__(self, client: "SNSClient", arn: str, critical: Set[Category]) -> None:
        self._client = client
        self._arn = arn
        self._critical = critical

    def dead_lettered(self, task: Task, error: TaskError) -> None:
        """Tell that a task was given up: `{taskId, type, category, errorType, reason, critical, attempts,
        correlationId}`.

        The payload is not told; the reason is, without what is private in it.

        Category and critical, `true` or `false`, are attributes too, both strings, so that a subscription may
        have only those that it wants:
        https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html

        Raises:
            ClientError, BotoCoreError: SNS refuses or is away.
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
