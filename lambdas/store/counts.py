"""Counting of tasks by state, up to a limit that bounds the cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.domain.lifecycle import Status
from lambdas.store.attribute_values import marshal
from lambdas.store.indexes import BY_STATE, BY_SUBMISSION, Index, status_shards
from lambdas.store.item import SHARDS

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_COUNT = 10_000
# A page holds at most 1 MB, which is several thousand entries: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
_MAX_PAGES_OF_A_SHARD = 20
_SHARING_KEYS = (Status.PENDING, Status.PROCESSING)
"""States whose tasks have the same keys in index by-state (`lambdas.store.indexes.status_shard`)."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """Number of tasks.

    Attributes:
        value: The number counted.
        at_least: Whether there may be more, because counting stopped at the limit.
    """

    value: int
    at_least: bool = False


class TaskCounts:
    """Counter of tasks; like the indexes, its results are eventually consistent.

    Args:
        client: DynamoDB client.
        table_name: Name of the task table.
        most: Number at which counting the tasks of a state stops.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str, *, most: int = MAX_COUNT) -> None:
        self._client = client
        self._table_name = table_name
        self._most = most

    def by_state(self) -> dict[Status, Count]:
        """Count the tasks in each state.

        The number of succeeded tasks is the total minus the tasks in other states.

        Raises:
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        states = [status for status in Status if status is not Status.SUCCEEDED]
        counts: dict[Status, Count] = {status: self._count_state(status) for status in states}
        others = sum(count.value for count in counts.values())
        shards = [str(shard) for shard in range(SHARDS)]
        every = self._count(BY_SUBMISSION, shards, None, self._most + others)
        uncertain = every.at_least or any(count.at_least for count in counts.values())
        succeeded = min(max(0, every.value - others), self._most)
        counts[Status.SUCCEEDED] = Count(value=succeeded, at_least=uncertain)
        return counts

    def _count_state(self, status: Status) -> Count:
        only = status if status in _SHARING_KEYS else None
        return self._count(BY_STATE, status_shards((status,), SHARDS), only, self._most)

    def _count(self, index: Index, keys: list[str], status: Status | None, most: int) -> Count:
        """Count the entries of shards, optionally only those in one state."""
        value, at_least = 0, False
        for key in keys:
            found, more = self._count_shard(index, key, status, most - value)
            value, at_least = value + found, at_least or more
            if value >= most:
                return Count(value=most, at_least=True)
        return Count(value=value, at_least=at_least)

    def _count_shard(self, index: Index, key: str, status: Status | None, most: int) -> tuple[int, bool]:
        """Return the number of entries of a shard, and whether counting stopped early."""
        request: dict[str, Any] = {
            "TableName": self._table_name,
            "IndexName": index.name,
            "Select": "COUNT",
            "KeyConditionExpression": "#key = :key",
            "ExpressionAttributeNames": {"#key": index.partition},
            "ExpressionAttributeValues": marshal({":key": key, ":status": status}),
        }
        if status is not None:
            request["FilterExpression"] = "#status = :status"
            request["ExpressionAttributeNames"]["#status"] = "status"
        value = 0
        for _ in range(_MAX_PAGES_OF_A_SHARD):
            answer = self._client.query(**request)
            value += answer["Count"]
            if "LastEvaluatedKey" not in answer:
                return value, False
            if value >= most:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return value, True
