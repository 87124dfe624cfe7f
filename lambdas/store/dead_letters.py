"""Queries for dead letters in an index, which has every attribute that reports and statistics need."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from lambdas.domain.dead_letter_cause import NO_CAUSE_RECORDED
from lambdas.domain.errors import TaskError
from lambdas.domain.lifecycle import Status
from lambdas.store.shards import Entry
from lambdas.store.stored_times import to_moment
from lambdas.store.task_index import TaskIndex

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BATCH = 100


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A dead-lettered task, or a dead-lettered message that belongs to no task.

    Attributes:
        task_id: Id of the record.
        kind: Its kind of work; `unreadable` for a message that belongs to no task.
        attempts: Number of attempts in its last generation.
        error: Error for which it was given up.
        at: Time at which it was given up.
    """

    task_id: str
    kind: str
    attempts: int
    error: TaskError
    at: datetime


class DeadLetters:
    """Reader of the dead letters of a table."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._index = TaskIndex(client, table_name)

    def read(self, *, newest_first: bool) -> Iterator[list[DeadLetter]]:
        """Yield all dead letters in batches, in the order of submission or in reverse order.

        The index is eventually consistent, so a task that has just been redriven or cancelled may still be
        included.

        Raises:
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        entries = self._index.dead(newest_first=newest_first)
        for batch in batched(entries, BATCH, strict=False):
            yield [_dead(each) for each in batch if each.attributes["status"] == Status.DEAD_LETTERED]


def _dead(entry: Entry) -> DeadLetter:
    values = entry.attributes
    return DeadLetter(
        task_id=entry.task_id,
        kind=values["type"],
        attempts=values["attempts"],
        error=TaskError.model_validate(values.get("error") or NO_CAUSE_RECORDED),
        at=to_moment(values["updatedAt"]),
    )
