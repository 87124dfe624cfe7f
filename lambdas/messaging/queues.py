"""The task queue and the dead-letter queue, both SQS FIFO queues."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.errors import TaskError
from lambdas.domain.message import TaskMessage
from lambdas.domain.task import Task
from lambdas.telemetry.logs import logger

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


MAX_MESSAGES = 10
"""How many messages SQS takes in one call."""
# How often messages are sent that SQS refuses alone.
MAX_TRIES = 3


class TaskQueue:
    """Sends tasks to be processed, and changes when delivered messages become visible again.

    Every method but `try_change_visibility` raises botocore's ClientError or BotoCoreError when SQS refuses
    or is away.
    """

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, task: Task) -> None:
        """Queue a task's generation, once for each time that it was released.

        Repeated within 5 minutes it is one message
        (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
        """
        self._client.send_message(QueueUrl=self._url, **_to_send(task))

    def send_all(self, tasks: Sequence[Task]) -> list[Task]:
        """Queue up to MAX_MESSAGES tasks in one call, in their order, and return those that SQS has taken.

        SQS may refuse some of them, which are then sent again. Ten messages have a few KB, of the 256 that it
        takes in one call.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
        """
        left, taken = list(tasks), list[Task]()
        for _ in range(MAX_TRIES):
            if not left:
                break
            entries: Any = [{"Id": str(number), **_to_send(task)} for number, task in enumerate(left)]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            refused = {int(each["Id"]) for each in answer.get("Failed", [])}
            if refused:
                logger.warning("messages not sent", reason=str(answer["Failed"][0].get("Message")))
            taken += [task for number, task in enumerate(left) if number not in refused]
            left = [task for number, task in enumerate(left) if number in refused]
        return taken

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        """Change when a delivered message becomes visible again: in so many seconds.

        Its message group waits with it.
        """
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )

    def try_change_visibility(self, receipt_handle: str, seconds: int) -> None:
        """Change when a delivered message becomes visible again, if SQS allows; log it if it does not.

        The message then becomes visible after its visibility timeout: later than planned, but not never.
        """
        try:
            self.change_visibility(receipt_handle, seconds)
        except (ClientError, BotoCoreError) as error:
            logger.warning("visibility not changed", reason=str(error))


class DeadLetterQueue:
    """Sends what will not be retried. SQS itself moves messages that are out of receives."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, task: Task, error: TaskError) -> None:
        """Send a task that was given up; repeated within 5 minutes it is one message."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=_message(task, error).to_body(),
            MessageGroupId=message_group(task),
            MessageDeduplicationId=_deduplication_id("dead", task.idempotency_key),
        )

    def send_body(self, body: str, *, message_id: str, message_group: str) -> None:
        """Send a message that is no task, as it is."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=body,
            MessageGroupId=message_group,
            MessageDeduplicationId=_deduplication_id("message", message_id),
        )


def message_group(task: Task) -> str:
    """Return the message group of a task: its ordering key's, or one of its own when it has none.

    Task ids have no slash, so that none is the name of an ordering key's group.
    """
    return f"key/{task.ordering_key}" if task.ordering_key else task.task_id


def _to_send(task: Task) -> dict[str, Any]:
    """Return what SQS is sent of a task that is to be processed."""
    return {
        "MessageBody": _message(task).to_body(),
        "MessageGroupId": message_group(task),
        "MessageDeduplicationId": _deduplication_id("task", f"{task.idempotency_key}:{task.releases}"),
    }


def _message(task: Task, error: TaskError | None = None) -> TaskMessage:
    return TaskMessage(
        task_id=task.task_id,
        type=task.type,
        generation=task.generation,
        correlation_id=task.correlation_id,
        predecessor=task.predecessor,
        error=error and error.without_traceback,
    )


def _deduplication_id(kind: str, key: str) -> str:
    """Return 64 hex digits: a task id alone may have the 128 characters that SQS allows."""
    return hashlib.sha256(f"{kind}/{key}".encode()).hexdigest()
