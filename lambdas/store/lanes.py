"""Lanes: the order of the tasks with the same ordering key, as a linked list of predecessors.

A FIFO message group alone does not keep the order. A message that is received too often moves to the
dead-letter queue, so that later ones overtake it
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html); the
message of a parked task is deleted; and two messages sent at the same moment may arrive in either order.

The order is therefore kept in the table. A lane is one item that names its last task. To join, a task records
that predecessor and replaces it in the lane in one transaction
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html). If the last task
ends before those ahead of it, the lane names one of these again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lambdas.domain.task import Task
from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.stored_times import to_milliseconds
from lambdas.store.transactions import CONFLICT, TransactItem, pause

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# TTL of a lane after the last task has joined it; no record of a task in it lives longer.
LANE_RETENTION = timedelta(days=400)

# If several tasks join a lane at the same moment, one succeeds; the others read the lane and try again.
_ANOTHER_JOINED = CONFLICT | {"ConditionalCheckFailed"}


_PLACE = re.compile(r"(.+?)(?::t([0-9]{13}))?:([0-9]+)")


def lane_place(task_id: str, generation: int, submitted_at: datetime) -> str:
    """Return the name of a task's place in its lane, `{taskId}:t{milliseconds}:{generation}`.

    The time is that of the submission. An id may be submitted again once its record has expired, and the new
    task must not be taken for the former one.
    """
    return f"{task_id}:t{to_milliseconds(submitted_at)}:{generation}"


def place_of(task: Task) -> str:
    """Return the name of a task's place in its lane."""
    return lane_place(task.task_id, task.generation, task.submitted_at)


def is_at(task: Task, place: str) -> bool:
    """Return whether a task with the id in a place's name is at this place, and has not left it."""
    _, submitted_at, generation = _parsed(place)
    # Earlier versions wrote no time.
    is_same = submitted_at is None or int(submitted_at) == to_milliseconds(task.submitted_at)
    return is_same and int(generation) == task.generation


def task_id_of(place: str) -> str:
    """Return the task id in the name of a place."""
    return _parsed(place)[0]


def _parsed(place: str) -> tuple[str, str | None, str]:
    """Return the task id, the time of submission if there is one, and the generation in a place's name."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError(f"not a place: {place}")
    return found[1], found[2], found[3]


class Lanes:
    """Lanes of a table, one for each ordering key."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def join(
        self,
        ordering_key: str,
        place: str,
        write: Callable[[str | None], Mapping[str, Any]],
        *,
        at: datetime,
        also: Sequence[TransactItem] = (),
    ) -> str | None:
        """Add a place to the end of a lane, in one transaction with a write of the task.

        Args:
            ordering_key: The ordering key of the lane.
            place: Place of the task, from `lane_place`.
            write: Function that takes the predecessor and returns the task's write, an entry of
                TransactItems. Its condition must fail once the write has been made.
            at: The current time.
            also: Other writes of the same transaction.

        Returns:
            The predecessor, as the name of its place; None if the lane was empty.

        Raises:
            WriteRefused: The condition of the task's write does not hold.
            ClientError, BotoCoreError: The table rejects the request or is unavailable, or too many other
                tasks are joining. If the response was lost, the transaction may or may not have happened; it
                can be retried.
        """
        tries = 0
        while True:
            tries += 1
            predecessor = self.last(ordering_key)
            items: Any = [write(predecessor), self._append(ordering_key, predecessor, place, at), *also]
            try:
                self._client.transact_write_items(TransactItems=items)
            except self._client.exceptions.TransactionCanceledException as refusal:
                pause(refusal, tries, _ANOTHER_JOINED)
            else:
                return predecessor

    def last(self, ordering_key: str) -> str | None:
        """Return the last place of a lane; None if the lane is empty."""
        found = self._client.get_item(TableName=self._table_name, Key=_key(ordering_key), ConsistentRead=True)
        last: str | None = unmarshal(found["Item"])["last"] if "Item" in found else None
        return last

    def step_back(self, ordering_key: str, *, last: str, to: str) -> bool:
        """Make a place further ahead the last one of a lane; return False if another one is the last.

        Args:
            ordering_key: The ordering key of the lane.
            last: The last place, as read.
            to: The place further ahead. All tasks between the two, and the one at `last`, must have ended.
        """
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=_key(ordering_key),
                UpdateExpression="SET #last = :to",
                ConditionExpression="#last = :seen",
                ExpressionAttributeNames={"#last": "last"},
                ExpressionAttributeValues=marshal({":to": to, ":seen": last}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _append(self, ordering_key: str, last: str | None, place: str, at: datetime) -> Mapping[str, Any]:
        return {
            "Update": {
                "TableName": self._table_name,
                "Key": _key(ordering_key),
                "UpdateExpression": "SET #last = :place, expiresAt = :expiresAt",
                "ConditionExpression": "attribute_not_exists(#last)" if last is None else "#last = :seen",
                "ExpressionAttributeNames": {"#last": "last"},
                "ExpressionAttributeValues": marshal(
                    {":place": place, ":seen": last, ":expiresAt": int((at + LANE_RETENTION).timestamp())}
                ),
            }
        }


def _key(ordering_key: str) -> dict[str, dict[str, str]]:
    """Return the key of a lane's item, which contains a slash and so differs from all task ids."""
    return marshal({"taskId": f"lane/{ordering_key}"})
