"""Storage of payloads: small ones in the task's record, others as separate items, large ones in S3.

A separate item is not written again when the task's state changes. Payloads of more than 200 KB are objects
in S3 (`lambdas.store.objects`).

A payload is needed until its task ends, and then for the retention; its expiry must be set before that end is
known, since writing it again would double its cost. It is therefore set to three times the retention after
the task is due, and extended for tasks that wait longer (`keep`).
"""

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from lambdas.domain import strict_json
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.attribute_values import Item, marshal, unmarshal
from lambdas.store.batch_reading import read_items
from lambdas.store.objects import MAX_IN_TABLE_BYTES, Keep, ObjectGone, Objects, omitted
from lambdas.store.packing import packed, stored_bytes, unpacked

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Maximum stored size of a payload in the record of its task. Up to this size, writing it three times with the
# record costs no more than a separate write and read.
MAX_INLINE_BYTES = 1400
# Lifetime of a payload after its task is due, and its minimum lifetime when the task begins to wait, as
# multiples of the retention.
KEPT, KEPT_AT_LEAST = 3.0, 1.5


class PayloadGone(Exception):
    """The payload of a task has expired or was deleted."""


class Payloads:
    """Reads and writes the payloads that are stored apart from the records of their tasks.

    Every method raises botocore's ClientError or BotoCoreError if the table or S3 rejects the request or is
    unavailable.

    Args:
        client: DynamoDB client.
        table_name: Name of the task table.
        retention: Time that the record of an ended task is kept.
        objects: Storage of the largest payloads.
    """

    def __init__(
        self, client: "DynamoDBClient", table_name: str, retention: timedelta, objects: Objects
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._retention = retention
        self._objects = objects

    def set_apart(self, task: Task, item: Item) -> Item:
        """Write a new task's payload separately if it is too large for the task's item, and return the item.

        The key of a separate payload contains its hash. Writing it again therefore changes nothing but its
        expiry, which is only ever extended: a submission whose id is taken neither overwrites the payload of
        the other task, which may be the same, nor shortens its life.
        """
        text = strict_json.dumps(task.payload)
        size = len(text.encode())
        if size > MAX_IN_TABLE_BYTES:
            return item | marshal(self._write_object(task, text, size))
        rest, apart = self.apart(task, item)
        if apart is not None:
            self._write_item(apart)
        return rest

    def _write_item(self, apart: Item) -> None:
        """Write the item of a payload, unless it is there and expires no sooner."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(
                TableName=self._table_name,
                Item=apart,
                ConditionExpression="attribute_not_exists(taskId) OR expiresAt < :expiresAt",
                ExpressionAttributeValues={":expiresAt": apart["expiresAt"]},
            )

    def apart(self, task: Task, item: Item) -> tuple[Item, Item | None]:
        """Split a new task into its item and an item for its payload, each within DynamoDB's limit.

        The second is None if the payload is small enough to stay in the first.
        """
        payload = item["payload"]
        if stored_bytes(payload) <= MAX_INLINE_BYTES:
            return item, None
        digest = hashlib.sha256(repr(payload).encode()).hexdigest()[:32]
        key = f"payload/{task.task_id}/{digest}"
        expires_at = self._expiry(task.due_at)
        apart = marshal({"taskId": key, "expiresAt": expires_at}) | {"payload": payload}
        rest = {name: value for name, value in item.items() if name != "payload"}
        return rest | marshal({"payloadKey": key, "payloadExpiresAt": expires_at}), apart

    def _write_object(self, task: Task, text: str, size: int) -> dict[str, str | int]:
        """Write a payload to S3, and return the attributes that refer to it in the task's record."""
        keep = Keep.SCHEDULED_PAYLOAD if task.status is Status.SCHEDULED else Keep.PAYLOAD
        key = f"{keep}/{task.task_id}/{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        self._objects.write(key, text)
        return {
            "payload": strict_json.dumps(omitted(size)),
            "payloadKey": key,
            "payloadExpiresAt": self._expiry(task.due_at),
        }

    def replace(self, task: Task, payload: dict[str, JsonValue], at: datetime) -> dict[str, Any]:
        """Write the payload that replaces a task's own, unless it fits into the task's record.

        If the write of the task is then refused, the payload is unused and expires.

        Args:
            task: The task as it was read.
            payload: The new payload.
            at: Time of the redrive, when the lifetime of the payload begins.

        Returns:
            Values of the attributes to write with the task; None for an attribute to remove.
        """
        anew = task.model_copy(update={"payload": payload, "run_at": at})
        stored = self.set_apart(anew, marshal({"payload": packed(strict_json.dumps(payload))}))
        return {"payload": None, "payloadKey": None, "payloadExpiresAt": None, **unmarshal(stored)}

    def read(self, task: Task) -> Task:
        """Return a task with its payload.

        Raises:
            PayloadGone: The payload has expired.
        """
        if task.payload_key is None:
            return task
        if _is_object(task.payload_key):
            try:
                text = self._objects.read(task.payload_key)
            except ObjectGone as error:
                raise PayloadGone(f"the payload of {task.task_id} has expired") from error
            return task.model_copy(update={"payload": strict_json.loads_own(text)})
        item = self._item(task.payload_key)
        if item is None:
            raise PayloadGone(f"the payload of {task.task_id} has expired")
        return task.model_copy(update={"payload": _payload(item)})

    def _item(self, key: str) -> Item | None:
        """Return the item of a payload; None if there is none.

        The item never changes, so an eventually consistent read that finds it is correct. If it finds
        nothing, the payload may have been written a moment ago; only a strongly consistent read, which costs
        twice as much, shows that it is gone.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
        """
        for consistent in (False, True):
            found = self._client.get_item(
                TableName=self._table_name, Key=marshal({"taskId": key}), ConsistentRead=consistent
            )
            if "Item" in found:
                return found["Item"]
        return None

    def read_all(self, tasks: list[Task]) -> list[Task]:
        """Return up to 100 tasks with their payloads; an expired payload is empty.

        Payloads in S3 are not read: their tasks keep the placeholder with the size.

        Raises:
            TableOverloaded: Some payloads could not be read.
        """
        keys = [task.payload_key for task in tasks if task.payload_key and not _is_object(task.payload_key)]
        items = read_items(self._client, self._table_name, keys)
        found = {item["taskId"]["S"]: _payload(item) for item in items}
        return [
            task.model_copy(update={"payload": found[task.payload_key]})
            if task.payload_key in found
            else task
            for task in tasks
        ]

    def keep(self, task: Task, at: datetime) -> dict[str, Any]:
        """Extend the lifetime of a task's payload if it might expire before the task's record.

        Call this before parking or redriving a task.

        Returns:
            Values of the attributes to write with the task.
        """
        soon = (at + KEPT_AT_LEAST * self._retention).timestamp()
        if task.payload_key is None or (task.payload_expires_at or 0) > soon:
            return {}
        expires_at = self._expiry(at)
        if _is_object(task.payload_key):
            with suppress(ObjectGone):  # the next attempt reports that it is gone
                self._objects.write(task.payload_key, self._objects.read(task.payload_key))
            return {"payloadExpiresAt": expires_at}
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=marshal({"taskId": task.payload_key}),
                UpdateExpression="SET expiresAt = :at",
                ConditionExpression="attribute_exists(taskId)",
                ExpressionAttributeValues=marshal({":at": expires_at}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return {}  # The payload is gone; the next attempt reports that.
        return {"payloadExpiresAt": expires_at}

    def _expiry(self, at: datetime) -> int:
        return int((at + KEPT * self._retention).timestamp())


def _is_object(key: str) -> bool:
    return key.startswith((f"{Keep.PAYLOAD}/", f"{Keep.SCHEDULED_PAYLOAD}/"))


def _payload(item: Item) -> dict[str, JsonValue]:
    payload: dict[str, JsonValue] = strict_json.loads_own(unpacked(unmarshal(item)["payload"]))
    return payload
