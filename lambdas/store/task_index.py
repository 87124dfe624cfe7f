"""Index of waiting and dead tasks, read shard by shard and merged.

The table's indexes are eventually consistent and have keys only. A task that is found may have moved on, and
must be read from the table before anything is done with it.
"""

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.store.indexes import BY_RELEASE, BY_STATUS, Index
from lambdas.store.item import DUE, SHARDS, circuit_key, release_shard, status_shard, submission_time
from lambdas.store.shards import read_shard

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PAGE_SIZE = 100


class TaskIndex:
    """Finds the ids of tasks by what they wait for.

    Every method raises botocore's ClientError or BotoCoreError when the table refuses or is away.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def unsent(self, before: datetime) -> Iterator[tuple[datetime, str]]:
        """Yield (time, id) of the PENDING tasks submitted before a time, in the order of submission."""
        keys = [status_shard(Status.PENDING, shard) for shard in range(SHARDS)]
        found = self._merged(BY_STATUS, keys, before=rfc3339(before))
        return ((submission_time(position), task_id) for position, task_id in found)

    def latest_processing(self) -> datetime | None:
        """Return when that PROCESSING task was submitted that was submitted last; None when there is none."""
        keys = [status_shard(Status.PROCESSING, shard) for shard in range(SHARDS)]
        found = next(self._merged(BY_STATUS, keys, newest_first=True, page_size=1), None)
        return None if found is None else submission_time(found[0])

    def dead(self, *, newest_first: bool) -> Iterator[str]:
        """Yield the DEAD_LETTERED tasks in the order of submission, or in the reverse order."""
        keys = [status_shard(Status.DEAD_LETTERED, shard) for shard in range(SHARDS)]
        return _ids(self._merged(BY_STATUS, keys, newest_first=newest_first))

    def any_to_release(self) -> bool:
        """Return whether any task may wait for a time or for a circuit, by one read for all shards.

        Index by-release is sparse and has only such tasks:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
        """
        answer = self._client.scan(TableName=self._table_name, IndexName=BY_RELEASE.name, Limit=1)
        # An empty page need not be the last one.
        return bool(answer["Items"]) or "LastEvaluatedKey" in answer

    def due(self, now: datetime) -> Iterator[str]:
        """Yield the tasks that are due: SCHEDULED, PARKED until a retry, or to be checked for their turn."""
        keys = [release_shard(DUE, shard) for shard in range(SHARDS)]
        return _ids(self._merged(BY_RELEASE, keys, before=rfc3339(now)))

    def parked(self, circuit: str, most: int) -> list[str]:
        """Return up to `most` tasks that wait for a circuit, in the order in which they were parked."""
        keys = [release_shard(circuit_key(circuit), shard) for shard in range(SHARDS)]
        return list(islice(_ids(self._merged(BY_RELEASE, keys)), most))

    def _merged(
        self,
        index: Index,
        keys: list[str],
        *,
        before: str | None = None,
        newest_first: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> Iterator[tuple[str, str]]:
        """Yield (sort key, id) of the entries in several shards in the order of the sort key."""
        shards = [
            read_shard(
                self._client,
                self._table_name,
                index,
                key,
                before=before,
                newest_first=newest_first,
                page_size=page_size,
            )
            for key in keys
        ]
        return heapq.merge(*shards, reverse=newest_first)


def _ids(entries: Iterator[tuple[str, str]]) -> Iterator[str]:
    return (task_id for _, task_id in entries)
