"""Reading the dead letters in the table without their payloads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from lambdas.domain.dead_letter_cause import NOTHING_SAID
from lambdas.domain.errors import TaskError
from lambdas.domain.lifecycle import Status
from lambdas.store.attribute_values import unmarshal
from lambdas.store.batch_reading import MAX_ITEMS, read_items
from lambdas.store.task_index import TaskIndex

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Payloads, results and histories would take too much memory.
_ATTRIBUTES = ("taskId", "type", "status", "attempts", "error", "updatedAt")


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A task, or a message that belongs to no task, that was given up.

    Attributes:
        task_id: Of its record.
        kind: Its kind of work; `unreadable` for a message that belongs to no task.
        attempts: Number of attempts of its last generation.
        error: Why it was given up.
        at: When it was given up.
    """

    task_id: str
    kind: str
    attempts: int
    error: TaskError
    at: datetime


class DeadLetters:
    """Reads dead letters."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def read(self, *, newest_first: bool) -> Iterator[list[DeadLetter]]:
        """Yield all dead letters in batches, in the order of submission, or in the reverse order.

        Tasks that have been redriven or cancelled since are left out.

        Raises:
            TableOverloaded: The table has left some unread.
            ClientError, BotoCoreError: The table refuses or is away.
        """
        ids = TaskIndex(self._client, self._table_name).dead(newest_first=newest_first)
        for batch in batched(ids, MAX_ITEMS, strict=False):
            items = read_items(self._client, self._table_name, batch, _ATTRIBUTES)
            found = {values["taskId"]: values for values in map(unmarshal, items)}
            yield [
                DeadLetter(
                    task_id=task_id,
                    kind=found[task_id]["type"],
                    attempts=found[task_id]["attempts"],
                    error=TaskError.model_validate(found[task_id].get("error") or NOTHING_SAID),
                    at=datetime.fromisoformat(found[task_id]["updatedAt"]),
                )
                for task_id in batch
                if task_id in found and found[task_id]["status"] == Status.DEAD_LETTERED
            ]
