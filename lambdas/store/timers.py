"""Timers: items that make release_tasks check a task or a batch at a given time.

A timer is written in the same transaction as the record that needs it, so neither is written without the
other, and records without a timer cost nothing extra. Timers are in index by-release, where release_tasks
finds them along with the tasks that are due, runs each one until it is done, and then deletes it
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
"""Type of the timers of tasks with a deadline; `id` is the task id."""
BATCH = "batch"
"""Type of the timers of batches with a callback; `id` is the batch id."""


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A timer of a task or a batch.

    Attributes:
        what: Type of the timer, such as EXPIRY; must not contain a slash.
        id: Id of the task or batch to check.
    """

    what: str
    id: str

    @property
    def key(self) -> str:
        """Key of the timer's item, such as `timer/expiry/invoice-4711`; no task id contains a slash."""
        return f"{_PREFIX}{self.what}/{self.id}"

    @classmethod
    def of_key(cls, key: str) -> "Timer | None":
        """Parse the key of an item; return None if the item is not a timer."""
        what, _, id = key.removeprefix(_PREFIX).partition("/")
        return cls(what=what, id=id) if key.startswith(_PREFIX) else None

    def to_put(self, table_name: str, due: datetime) -> TransactItem:
        """Return the write that sets the timer, for a transaction; it replaces an existing timer."""
        item = marshal({"taskId": self.key, **release_keys(self.key, DUE, due)})
        return {"Put": {"TableName": table_name, "Item": item}}

    def to_delete(self, table_name: str) -> TransactItem:
        """Return the write that deletes the timer, for a transaction; the timer may be missing."""
        return {"Delete": {"TableName": table_name, "Key": marshal({"taskId": self.key})}}


class Timers:
    """Updates the timers of a table.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects a request or is
    unavailable, and can be retried.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def postpone(self, timer: Timer, due: datetime) -> None:
        """Change the time at which a timer is due; a deleted timer is not recreated."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table_name,
                Key=marshal({"taskId": timer.key}),
                UpdateExpression="SET releaseAt = :at",
                ConditionExpression="attribute_exists(taskId)",
                ExpressionAttributeValues=marshal({":at": release_keys(timer.key, DUE, due)["releaseAt"]}),
            )

    def delete(self, timer: Timer, *, before: datetime) -> None:
        """Delete a timer if it is due before a given time; one that has been set again is kept."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                TableName=self._table_name,
                Key=marshal({"taskId": timer.key}),
                ConditionExpression="releaseAt < :before",
                ExpressionAttributeValues=marshal({":before": rfc3339(before)}),
            )
