"""Timers: items that appear in index by-release when they are due.

A timer says when to check something, such as a task at its deadline. It is written in the same transaction as
the record that needs it, so neither exists without the other, and records without a timer cost nothing extra.
release_tasks finds timers along with the tasks that are due, runs them until they are done, and deletes them
(`lambdas.release_tasks.timers`).
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.domain.serialization import rfc3339
from lambdas.store.attribute_values import marshal
from lambdas.store.item import release_keys
from lambdas.store.transactions import TransactItem
from lambdas.store.waiting_keys import DUE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_PREFIX = "timer/"

EXPIRY = "expiry"
"""Timers of tasks that may expire, by the id of the task."""
BATCH = "batch"
"""Timers of batches with a callback, by the id of the batch."""


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A timer.

    Attributes:
        what: Sort of the timer, such as EXPIRY; without a slash.
        id: Id of the task or batch to check.
    """

    what: str
    id: str

    @property
    def key(self) -> str:
        """The key of its item, such as `timer/expiry/invoice-4711`. Task ids contain no slash."""
        return f"{_PREFIX}{self.what}/{self.id}"

    @classmethod
    def of_key(cls, key: str) -> "Timer | None":
        """Return the timer with an item's key; None if the item is not a timer."""
        what, _, id = key.removeprefix(_PREFIX).partition("/")
        return cls(what=what, id=id) if key.startswith(_PREFIX) else None

    def to_put(self, table_name: str, due: datetime) -> TransactItem:
        """Return the write that sets the timer, for a transaction; a timer that exists is set anew."""
        item = marshal({"taskId": self.key, **release_keys(self.key, DUE, due)})
        return {"Put": {"TableName": table_name, "Item": item}}

    def to_delete(self, table_name: str) -> TransactItem:
        """Return the write that deletes the timer, for a transaction; a missing timer is no error."""
        return {"Delete": {"TableName": table_name, "Key": marshal({"taskId": self.key})}}


class Timers:
    """The timers of a table.

    Every method raises botocore's ClientError or BotoCoreError when the table rejects a request or is
    unavailable, and can be retried.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def postpone(self, timer: Timer, due: datetime) -> None:
        """Make a timer due at another time; a deleted timer is not recreated."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table_name,
                Key=marshal({"taskId": timer.key}),
                UpdateExpression="SET releaseAt = :at",
                ConditionExpression="attribute_exists(taskId)",
                ExpressionAttributeValues=marshal({":at": release_keys(timer.key, DUE, due)["releaseAt"]}),
            )

    def delete(self, timer: Timer, *, before: datetime) -> None:
        """Delete a timer, unless it has been set anew in the meantime to this time or a later one."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                TableName=self._table_name,
                Key=marshal({"taskId": timer.key}),
                ConditionExpression="releaseAt < :before",
                ExpressionAttributeValues=marshal({":before": rfc3339(before)}),
            )
