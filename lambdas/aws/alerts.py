"""Alerts to people, through SNS."""

from typing import TYPE_CHECKING

from lambdas.domain import strict_json
from lambdas.domain.errors import TaskError
from lambdas.domain.task import Task

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient


class AlertTopic:
    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def dead_lettered(self, task: Task, error: TaskError) -> None:
        """Tell that a task was given up: `{taskId, type, category, errorType, attempts, correlationId}`.

        Neither the payload nor the error's message is told: both may carry what is private.

        Raises:
            ClientError, BotoCoreError: SNS refuses or is away.
        """
        self._client.publish(
            TopicArn=self._arn,
            Subject=f"Dead letter: {error.category}",
            Message=strict_json.dumps(
                {
                    "taskId": task.task_id,
                    "type": task.type,
                    "category": error.category,
                    "errorType": error.type,
                    "attempts": task.attempts,
                    "correlationId": task.correlation_id,
                }
            ),
        )
