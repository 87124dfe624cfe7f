"""Lanes: the order of an ordering key's tasks, each linked to the one before it.

A message group is in order only as long as its messages come in time: one that is received too often goes to
the dead-letter queue, and its followers go past it
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html);
one whose task is parked is acknowledged; two that were sent at the same moment may come in either order. So
the order is the table's. A lane is one item that names the last who joined it; whoever joins writes, in one
transaction, who that was into its own record, as its predecessor, and itself into the lane
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
"""

import itertools
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from lambdas.store.item import Item, marshal, unmarshal

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Of those that join a lane at the same moment one succeeds, and the others read who it was.
MAX_TRIES = 20
PAUSE_SECONDS = 0.01
# A lane that nobody has joined for so long is deleted (TTL): longer than the record of any task in it lasts.
LASTS = timedelta(days=400)

_ANOTHER_JOINED = frozenset({"None", "ConditionalCheckFailed", "TransactionConflict"})


def lane_place(task_id: str, generation: int) -> str:
    """A task in one of its generations, as lanes name it."""
    return f"{task_id}:{generation}"


def parse_place(name: str) -> tuple[str, int]:
    """The task id and the generation of an entry."""
    task_id, _, generation = name.rpartition(":")
    return task_id, int(generation)


class WriteRefused(Exception):
    """The condition of the step by which a task was to join does not hold; `item` is its record as it is."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition of the step does not hold")
        self.item = item


class Lanes:
    """The lanes of a table, by ordering key."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def join(
        self,
        ordering_key: str,
        name: str,
        step: Callable[[str | None], Mapping[str, Any]],
        *,
        at: datetime,
    ) -> None:
        """Make `name`, a `lane_place`, the last of its lane.

        Args:
            step: what is written along with it, as an entry of TransactItems, for a given predecessor; None
                is that there is none. Its condition must refuse to be met twice.

        Raises:
            WriteRefused: its condition does not hold.
            ClientError, BotoCoreError: the table refuses or is away, or too many others join. A transaction
                whose answer was lost has either happened or not, and may be repeated.
        """
        for tries in itertools.count(1):
            last = self._last(ordering_key)
            items: Any = [step(last), self._follow(ordering_key, last, name, at)]
            try:
                self._client.transact_write_items(TransactItems=items)
            except self._client.exceptions.TransactionCanceledException as refusal:
                reasons = refusal.response["CancellationReasons"]
                if reasons[0].get("Code") == "ConditionalCheckFailed":
                    raise WriteRefused(cast("Item | None", reasons[0].get("Item"))) from refusal
                codes = {reason.get("Code", "None") for reason in reasons}
                if tries == MAX_TRIES or not codes <= _ANOTHER_JOINED:
                    raise
            else:
                return
            time.sleep(random.uniform(0, PAUSE_SECONDS * tries))

    def _last(self, ordering_key: str) -> str | None:
        found = self._client.get_item(TableName=self._table_name, Key=_key(ordering_key), ConsistentRead=True)
        last: str | None = unmarshal(found["Item"])["last"] if "Item" in found else None
        return last

    def _follow(self, ordering_key: str, last: str | None, name: str, at: datetime) -> Mapping[str, Any]:
        return {
            "Update": {
                "TableName": self._table_name,
                "Key": _key(ordering_key),
                "UpdateExpression": "SET #last = :me, expiresAt = :expiresAt",
                "ConditionExpression": "attribute_not_exists(#last)" if last is None else "#last = :seen",
                "ExpressionAttributeNames": {"#last": "last"},
                "ExpressionAttributeValues": marshal(
                    {":me": name, ":seen": last, ":expiresAt": int((at + LASTS).timestamp())}
                ),
            }
        }


def _key(ordering_key: str) -> dict[str, dict[str, str]]:
    """No task id has a slash, so that no task meets a lane."""
    return marshal({"taskId": f"lane/{ordering_key}"})
