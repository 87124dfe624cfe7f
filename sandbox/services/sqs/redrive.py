"""A StartMessageMoveTask that gives redriven messages a new id.

AWS gives redriven messages a new id and enqueue time (SQS developer guide,
sqs-configure-dead-letter-queue-redrive). LocalStack keeps the message's id and deduplication id: the target
treats it as a duplicate of the original message, and it is lost.
"""

import copy
import time
from typing import Any

from localstack.services.sqs import provider
from localstack.services.sqs.models import MessageMoveTask, MessageMoveTaskStatus
from localstack.services.sqs.provider import MessageMoveTaskManager
from localstack.services.sqs.utils import generate_message_id
from localstack.utils.patch import Patch

HOLD_SECONDS = 30
"""Visibility timeout of a message while it is moved. It becomes visible again if the move fails."""

PER_SECOND = 500
"""Maximum number of messages that AWS moves per second (SQS API, StartMessageMoveTask)."""


def install() -> None:
    """Replace LocalStack's move tasks."""
    Patch(provider, "MessageMoveTaskManager", RedriveTasks).apply()


class RedriveTasks(MessageMoveTaskManager):
    """Replacement for LocalStack's move tasks, each of which has a thread."""

    def _run(self, move_task: MessageMoveTask) -> None:
        pause = 1 / (move_task.max_number_of_messages_per_second or PER_SECOND)
        try:
            while not move_task.cancel_event.is_set() and self._move_one(move_task):
                move_task.cancel_event.wait(pause)
        except Exception as error:  # noqa: BLE001 - any error is the reason of the task's failure
            self._fail_task(move_task, error)
            return
        cancelled = move_task.cancel_event.is_set()
        move_task.status = MessageMoveTaskStatus.CANCELLED if cancelled else MessageMoveTaskStatus.COMPLETED

    def _move_one(self, move_task: MessageMoveTask) -> bool:
        """Move the next visible message of the dead-letter queue, and return whether there was one."""
        dead_letters = self._get_queue_by_arn(move_task.source_arn)
        received = dead_letters.receive(num_messages=1, visibility_timeout=HOLD_SECONDS)
        if not received.successful:
            return False
        letter = received.successful[0]
        target = self._get_queue_by_arn(str(move_task.destination_arn or letter.dead_letter_queue_source_arn))

        message: dict[str, Any] = {**copy.deepcopy(letter.message), "MessageId": generate_message_id()}
        attributes = message["Attributes"]
        attributes["SentTimestamp"] = str(int(time.time() * 1000))
        for outdated in ("DeadLetterQueueSourceArn", "ApproximateReceiveCount"):
            attributes.pop(outdated, None)
        fifo = {"message_group_id": letter.message_group_id} if letter.message_group_id else {}
        if letter.message_deduplication_id:
            fifo["message_deduplication_id"] = message["MessageId"]
        target.put(message, **fifo)

        dead_letters.remove(received.receipt_handles[0])
        moved = move_task.approximate_number_of_messages_moved or 0
        move_task.approximate_number_of_messages_moved = moved + 1
        return True
