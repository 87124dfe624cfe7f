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
"""Maximum number of messages in one call to SQS."""
# Number of times that a message is sent if SQS rejects it individually.
MAX_TRIES = 3


class TaskQueue:
    """Queue of the tasks to process.

    Every method except `try_change_visibility` raises botocore's ClientError or BotoCoreError if SQS rejects
    the request or is unavailable.
    """

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, task: Task) -> None:
        """Send a task's message, which SQS deduplicates for 5 minutes by generation, release and attempt.

        Repetitions of a failed call are duplicates. The message for a later attempt, which replaces one that
        is gone, is none: SQS would drop it silently, even after the first one was deleted.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
        """
        self._client.send_message(QueueUrl=self._url, **_to_send(task))

    def send_all(self, tasks: Sequence[Task]) -> list[Task]:
        """Send the messages of up to MAX_MESSAGES tasks in one call, in order; return the tasks sent.

        Messages that SQS rejects individually are tried MAX_TRIES times. Ten messages take a few KB, far
        below the limit of a call.
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
        """Change the visibility timeout of a message in flight, counted from now.

        Until the timeout ends, SQS delivers no later message of the message group.
        """
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )

    def try_change_visibility(self, receipt_handle: str, seconds: int) -> None:
        """Change the visibility timeout of a message in flight; a failure is only logged.

        After a failure the message becomes visible when its previous timeout ends, later than planned.
        """
        try:
            self.change_visibility(receipt_handle, seconds)
        except (ClientError, BotoCoreError) as error:
            logger.warning("visibility not changed", reason=str(error))


class DeadLetterQueue:
    """Dead-letter queue, to which SQS itself moves messages that were received too often."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, task: Task, error: TaskError) -> None:
        """Send the message of a task that was given up; SQS deduplicates it for 5 minutes."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=_message(task, error).to_body(),
            MessageGroupId=message_group(task),
            MessageDeduplicationId=_deduplication_id("dead", task.idempotency_key),
        )

    def send_body(self, body: str, *, message_id: str, message_group: str) -> None:
        """Forward the body of a message that belongs to no task."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=body,
            MessageGroupId=message_group,
            MessageDeduplicationId=_deduplication_id("message", message_id),
        )


def message_group(task: Task) -> str:
    """Return the message group id of a task: `key/{orderingKey}`, or the task id if it has no ordering key.

    Task ids contain no slash, so the two forms cannot be confused.
    """
    return f"key/{task.ordering_key}" if task.ordering_key else task.task_id


def _to_send(task: Task) -> dict[str, Any]:
    """Return the parameters of SendMessage for a task to process."""
    return {
        "MessageBody": _message(task).to_body(),
        "MessageGroupId": message_group(task),
        "MessageDeduplicationId": _deduplication_id(
            "task", f"{task.idempotency_key}:{task.releases}:{task.attempts}"
        ),
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
    """Return a deduplication id: a hash, since the text may exceed the 128 characters that SQS allows."""
    return hashlib.sha256(f"{kind}/{key}".encode()).hexdigest()
