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
"""The number of messages that SQS accepts in one call."""
# How often messages are sent that SQS rejects individually.
MAX_TRIES = 3


class TaskQueue:
    """The queue of tasks to process, with control over when delivered messages become visible again.

    Every method but `try_change_visibility` raises botocore's ClientError or BotoCoreError when SQS rejects
    the request or is unavailable.
    """

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, task: Task) -> None:
        """Queue a task's generation, once for each time that it was released.

        Sends repeated within 5 minutes are one message
        (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
        """
        self._client.send_message(QueueUrl=self._url, **_to_send(task))

    def send_all(self, tasks: Sequence[Task]) -> list[Task]:
        """Queue up to MAX_MESSAGES tasks in one call, in order, and return those that SQS has accepted.

        SQS may reject some of them, which are then sent again. Ten messages have a few KB, of the 256 that
        SQS accepts in one call.
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
        """Make a delivered message visible again after a number of seconds.

        Its message group waits with it.
        """
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )

    def try_change_visibility(self, receipt_handle: str, seconds: int) -> None:
        """Change when a delivered message becomes visible again; log a failure instead of raising.

        After a failure the message becomes visible after its visibility timeout: later than planned, but not
        never.
        """
        try:
            self.change_visibility(receipt_handle, seconds)
        except (ClientError, BotoCoreError) as error:
            logger.warning("visibility not changed", reason=str(error))


class DeadLetterQueue:
    """The queue of messages that will not be retried. SQS itself moves messages that are out of receives."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, task: Task, error: TaskError) -> None:
        """Send a task that was given up; sends repeated within 5 minutes are one message."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=_message(task, error).to_body(),
            MessageGroupId=message_group(task),
            MessageDeduplicationId=_deduplication_id("dead", task.idempotency_key),
        )

    def send_body(self, body: str, *, message_id: str, message_group: str) -> None:
        """Send a message that is not a task, unchanged."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=body,
            MessageGroupId=message_group,
            MessageDeduplicationId=_deduplication_id("message", message_id),
        )


def message_group(task: Task) -> str:
    """Return a task's message group: that of its ordering key, or one of its own if it has none.

    Task ids contain no slash, so none can equal the name of an ordering key's group.
    """
    return f"key/{task.ordering_key}" if task.ordering_key else task.task_id


def _to_send(task: Task) -> dict[str, Any]:
    """Return the parameters of SQS for the message of a task to be processed."""
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
    """Return 64 hex digits: a task id alone may use up the 128 characters that SQS allows."""
    return hashlib.sha256(f"{kind}/{key}".encode()).hexdigest()
