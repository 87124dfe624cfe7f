"""Finding tasks that wait, most of them oldest first: in an index's shards, merged.

The indexes are eventually consistent and hold keys alone: what is found may have moved on, and is read from
the table before anything is done about it.
"""

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.store.item import DUE, SHARDS, circuit_key, marshal, release_shard, status_shard, unmarshal

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PAGE_SIZE = 100


class TaskIndex:
    """Finds ids of tasks that wait.

    Every method raises botocore's ClientError or BotoCoreError when the table refuses or is away.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def unsent(self, before: datetime) -> Iterator[str]:
        """PENDING tasks that were submitted before a time."""
        keys = [status_shard(Status.PENDING, shard) for shard in range(SHARDS)]
        return self._merged("by-status", ("statusShard", "position"), keys, rfc3339(before))

    def dead(self, *, newest_first: bool) -> Iterator[str]:
        """DEAD_LETTERED tasks, by when they were submitted."""
        keys = [status_shard(Status.DEAD_LETTERED, shard) for shard in range(SHARDS)]
        return self._merged("by-status", ("statusShard", "position"), keys, None, newest_first=newest_first)

    def any_to_release(self) -> bool:
        """Whether there may be tasks that are `due`, now or later, or `parked`: one read, and not each shard.

        Index by-release is sparse, it has nothing but those:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
        """
        answer = self._client.scan(TableName=self._table_name, IndexName="by-release", Limit=1)
        # An empty page need not be the last one.
        return bool(answer["Items"]) or "LastEvaluatedKey" in answer

    def due(self, now: datetime) -> Iterator[str]:
        """SCHEDULED tasks whose time has come, and those waiting for their turn that are to be looked at."""
        keys = [release_shard(DUE, shard) for shard in range(SHARDS)]
        return self._merged("by-release", ("release", "releaseAt"), keys, rfc3339(now))

    def parked(self, circuit: str, most: int) -> list[str]:
        """Up to `most` tasks that wait for a circuit, those first that were parked first."""
        keys = [release_shard(circuit_key(circuit), shard) for shard in range(SHARDS)]
        return list(islice(self._merged("by-release", ("release", "releaseAt"), keys, None), most))

    def _merged(
        self,
        index: str,
        attributes: tuple[str, str],
        keys: list[str],
        before: str | None,
        *,
        newest_first: bool = False,
    ) -> Iterator[str]:
        shards = [self._shard(index, attributes, key, before, newest_first) for key in keys]
        return (task_id for _, task_id in heapq.merge(*shards, reverse=newest_first))

    def _shard(
        self, index: str, attributes: tuple[str, str], key: str, before: str | None, newest_first: bool
    ) -> Iterator[tuple[str, str]]:
        """(sort key, task id) of one partition."""
        partition, sort = attributes
        names, values = {"#key": partition}, {":key": key}
        condition = "#key = :key"
        if before is not None:
            names["#sort"], values[":before"] = sort, before
            condition += " AND #sort < :before"
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=marshal(values),
            ScanIndexForward=not newest_first,
            PaginationConfig={"PageSize": PAGE_SIZE},
        )
        for page in pages:
            for item in page["Items"]:
                found = unmarshal(item)
                yield found[sort], found["taskId"]
