"""Index queries for waiting, running and dead-lettered tasks.

The table's indexes are eventually consistent: a task found here may have changed, and must be read from the
table before it is updated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.store.indexes import BY_RELEASE, BY_STATE, Index, status_shards
from lambdas.store.item import SHARDS, release_shard, release_time, submission_time
from lambdas.store.shards import Entry, read_shards
from lambdas.store.waiting_keys import DUE, TURN

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PAGE_SIZE = 100
MAX_LOOKED_AT = 1_000


@dataclass(frozen=True, kw_only=True)
class Active:
    """A task that is waiting to be claimed or being processed.

    Attributes:
        task_id: Id of the task.
        submitted_at: Time of its submission.
        is_processing: Whether it is being processed.
    """

    task_id: str
    submitted_at: datetime
    is_processing: bool


@dataclass(frozen=True, kw_only=True)
class Due:
    """A task or a timer that is due.

    Attributes:
        task_id: Id of the task, or the key of the timer (`lambdas.store.timers`).
        at: Time at which it was due.
    """

    task_id: str
    at: datetime


class TaskIndex:
    """Finds tasks by their state and by what they wait for.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects the request or is
    unavailable.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def active(self, before: datetime) -> Iterator[Active]:
        """Yield the PENDING and PROCESSING tasks submitted before a time, in the order of submission."""
        keys = status_shards((Status.PENDING,), SHARDS)
        for entry in self._entries(BY_STATE, keys, before=rfc3339(before)):
            yield Active(
                task_id=entry.task_id,
                submitted_at=submission_time(entry.place),
                is_processing=entry.attributes["status"] == Status.PROCESSING,
            )

    def oldest_waiting(self) -> Active | None:
        """Return the oldest task that is waiting on the queue; None if none was found.

        At most MAX_LOOKED_AT tasks are examined, since many older ones may be running.
        """
        keys = status_shards((Status.PENDING, Status.QUEUED, Status.RETRYING), SHARDS)
        for entry in islice(self._entries(BY_STATE, keys), MAX_LOOKED_AT):
            if entry.attributes["status"] != Status.PROCESSING:
                return Active(
                    task_id=entry.task_id, submitted_at=submission_time(entry.place), is_processing=False
                )
        return None

    def dead(self, *, newest_first: bool) -> Iterator[Entry]:
        """Yield the DEAD_LETTERED tasks in the order of submission, or in reverse order."""
        keys = status_shards((Status.DEAD_LETTERED,), SHARDS)
        return self._entries(BY_STATE, keys, newest_first=newest_first)

    def any_to_release(self) -> bool:
        """Return whether any task may be waiting for a time, its turn, a circuit or the end of a pause.

        One read suffices, since index by-release is sparse and contains only such tasks:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
        """
        answer = self._client.scan(TableName=self._table_name, IndexName=BY_RELEASE.name, Limit=1)
        # A page may be empty even if more pages follow.
        return bool(answer["Items"]) or "LastEvaluatedKey" in answer

    def due(self, now: datetime) -> Iterator[Due]:
        """Yield due timers, and due tasks, which are SCHEDULED or PARKED until a retry, in order."""
        for entry in self._before(DUE, now):
            yield Due(task_id=entry.task_id, at=release_time(entry.place))

    def turns_to_check(self, now: datetime) -> Iterator[str]:
        """Yield the ids of the tasks whose turn is to be checked by now, in order."""
        return (entry.task_id for entry in self._before(TURN, now))

    def parked(self, key: str, most: int) -> list[str]:
        """Return the ids of tasks that wait for a circuit or the end of a pause, in the order of parking.

        Args:
            key: A `circuit_key` or a `kind_key`.
            most: Maximum number of ids.
        """
        keys = [release_shard(key, shard) for shard in range(SHARDS)]
        return [entry.task_id for entry in islice(self._entries(BY_RELEASE, keys), most)]

    def _before(self, what_for: str, now: datetime) -> Iterator[Entry]:
        keys = [release_shard(what_for, shard) for shard in range(SHARDS)]
        return self._entries(BY_RELEASE, keys, before=rfc3339(now))

    def _entries(
        self, index: Index, keys: list[str], *, before: str | None = None, newest_first: bool = False
    ) -> Iterator[Entry]:
        return read_shards(
            self._client,
            self._table_name,
            index,
            keys,
            before=before,
            newest_first=newest_first,
            page_size=PAGE_SIZE,
        )
