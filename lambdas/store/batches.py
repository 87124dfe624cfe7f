"""Storage of batches.

A batch is one item, written before its tasks. Its progress is computed from the tasks, whose writes do not
touch the batch. If it has a callback, a timer (`lambdas.store.timers`) makes release_tasks check the batch
until all its tasks have ended; then one transaction writes the end and the delivery that reports it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from lambdas.domain.batch import Batch, BatchState, Member, delivery_of_batch, task_id_at
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.attribute_values import Item, marshal, unmarshal
from lambdas.store.batch_reading import read_items
from lambdas.store.deliveries import delivery_puts
from lambdas.store.item import read_fingerprint, stored_fingerprint
from lambdas.store.payloads import Payloads
from lambdas.store.recorded_batch import Recorded, digest_of, merged_members, to_recorded
from lambdas.store.stored_times import to_milliseconds, to_moment
from lambdas.store.timers import BATCH, Timer
from lambdas.store.transactions import TransactItem, WriteRefused, write_together
from lambdas.store.transition import refused_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# A function that crashes may leave a batch with tasks that were never recorded. Unless the batch is submitted
# again within this time, it ends without them. It also ends without tasks that were deleted, after the
# retention, while another one was still scheduled.
INCOMPLETE_FOR = timedelta(hours=1)
# Delay of the first check of a batch, and the number of tasks that a check reads at a time: a check stops at
# the first task that has not ended.
FIRST_LOOK = timedelta(seconds=1)
_READ_AT_ONCE = 10
_LOOKED_AT = ("taskId", "status", "fingerprint", "updatedAt")


class BatchReopened(Exception):
    """A batch that had ended has a task again that has not."""


class Batches:
    """Reads and writes the batches of a table.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects a request or is
    unavailable, and can be retried.

    Args:
        client: DynamoDB client.
        table_name: Name of the task table.
        retention: Time that a batch is kept after the last of its tasks was due, or after its end if it has a
            callback.
        payloads: Storage of large payloads.
    """

    def __init__(
        self, client: "DynamoDBClient", table_name: str, retention: timedelta, payloads: Payloads
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = payloads
        self._retention = retention

    def record(self, batch: Batch) -> Recorded | None:
        """Write a batch, unless its id is taken.

        Returns:
            The batch as it is stored, maybe since an earlier submission; None if a different one has its id.
        """
        own_ids = {
            str(position): member.task_id
            for position, member in enumerate(batch.members)
            if member and member.task_id != task_id_at(batch.batch_id, position)
        }
        fingerprint = stored_fingerprint(batch.fingerprint)
        has_callback = batch.callback_url is not None
        put: Any = {
            "TableName": self._table_name,
            "Item": marshal(
                {
                    "taskId": _key(batch.batch_id),
                    "batchFingerprint": fingerprint,
                    # Concatenated digests take less room than as many short texts.
                    "members": b"".join(digest_of(member) for member in batch.members),
                    "ownIds": own_ids or None,
                    "submittedAt": to_milliseconds(batch.at),
                    "dueAt": to_milliseconds(batch.due_at) if has_callback else None,
                    "callbackUrl": batch.callback_url,
                    "correlationId": batch.correlation_id if has_callback else None,
                    "expiresAt": None if has_callback else self._expiry(batch.due_at),
                }
            ),
            "ConditionExpression": "attribute_not_exists(taskId)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        item: Item | None = put["Item"]
        try:
            if has_callback:
                write_together(self._client, [{"Put": put}, self._timer(batch)])
            else:
                self._client.put_item(**put)
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item = refused_item(refusal)
        except WriteRefused as refusal:
            item = refusal.item
        values = unmarshal(item) if item else {}
        if values.get("batchFingerprint") != fingerprint:
            return None
        return to_recorded(batch.batch_id, self._with_members_of(put["Item"], values))

    def _with_members_of(self, repeated: Item, stored: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add the submissions of a repeated batch that were refused before, and are valid by now.

        If the batch has a callback, they remain refused: the end of its tasks may have been reported.
        """
        wanted = unmarshal(repeated)
        members = merged_members(stored["members"], wanted["members"])
        if members == stored["members"] or "callbackUrl" in stored:
            return stored
        extended = {**stored, "members": members, "expiresAt": max(wanted["expiresAt"], stored["expiresAt"])}
        if own_ids := {**wanted.get("ownIds", {}), **stored.get("ownIds", {})}:
            extended["ownIds"] = own_ids
        # If another repetition does the same at this moment, the condition fails: the client tries again.
        self._client.put_item(
            TableName=self._table_name,
            Item=marshal(extended),
            ConditionExpression="members = :seen",
            ExpressionAttributeValues=marshal({":seen": stored["members"]}),
        )
        return extended

    def accepted_among(self, members: Collection[Member]) -> set[Member]:
        """Return those of up to a hundred submissions that were accepted before.

        Raises:
            TableOverloaded: Some tasks could not be read.
        """
        items = read_items(
            self._client,
            self._table_name,
            [*{member.task_id for member in members}],
            attributes=("taskId", "fingerprint"),
        )
        stored = {each["taskId"]: read_fingerprint(each["fingerprint"]) for each in map(unmarshal, items)}
        return {member for member in members if stored.get(member.task_id) == digest_of(member)}

    def state(self, batch_id: str, *, at: datetime) -> BatchState | None:
        """Return the progress of a batch; None if there is no such batch.

        Raises:
            TableOverloaded: Some tasks could not be read.
        """
        batch = self.read(batch_id)
        return self._state(batch, at) if batch else None

    def is_open(self, batch: Recorded, at: datetime) -> bool:
        """Return whether some task of a batch has not ended, or may still be recorded.

        Raises:
            TableOverloaded: Some tasks could not be read.
        """
        # Read the last tasks first, as they are likely to end last.
        for some in batched(reversed(batch.members), _READ_AT_ONCE, strict=False):
            items = read_items(self._client, self._table_name, some, attributes=_LOOKED_AT)
            tasks = _members_among(batch, items)
            if any(not Status(values["status"]).ended for values in tasks):
                return True
            if len(items) < len(some) and _may_be_completed(batch, at):
                return True
        return False

    def end(self, batch: Recorded, url: str, *, at: datetime) -> Task | None:
        """Record the end of a batch, together with the delivery to its callback.

        Returns:
            The delivery, whose message the caller must send; None if the end had already been recorded.

        Raises:
            BatchReopened: A dead letter has been redriven since the batch was found to have ended.
            TableOverloaded: Some tasks could not be read.
        """
        state = self._state(batch, at)
        ended_at = state.ended_at
        if ended_at is None:
            raise BatchReopened(batch.batch_id)
        delivery = delivery_of_batch(state, url, correlation_id=batch.correlation_id, at=at)
        update: TransactItem = {
            "Update": {
                "TableName": self._table_name,
                "Key": marshal({"taskId": _key(batch.batch_id)}),
                "UpdateExpression": "SET endedAt = :at, expiresAt = :expiry",
                "ConditionExpression": "attribute_exists(taskId) AND attribute_not_exists(endedAt)",
                "ExpressionAttributeValues": marshal(
                    {":at": to_milliseconds(ended_at), ":expiry": self._expiry(at)}
                ),
            }
        }
        try:
            write_together(self._client, [update, *delivery_puts(delivery, self._table_name, self._payloads)])
        except WriteRefused:
            return None
        return delivery

    def _state(self, batch: Recorded, at: datetime) -> BatchState:
        items = read_items(self._client, self._table_name, [*batch.members], attributes=_LOOKED_AT)
        tasks = _members_among(batch, items)
        counts = Counter(Status(values["status"]) for values in tasks)
        is_whole = len(items) == len(batch.members) or not _may_be_completed(batch, at)
        has_ended = is_whole and all(status.ended for status in counts)
        ends = [to_moment(values["updatedAt"]) for values in tasks]
        return BatchState(
            batch_id=batch.batch_id,
            total=batch.total,
            counts=dict(counts),
            submitted_at=batch.at,
            ended_at=batch.ended_at or (max(ends, default=batch.at) if has_ended else None),
        )

    def read(self, batch_id: str) -> Recorded | None:
        """Return a stored batch; None if there is no such batch."""
        found = self._client.get_item(
            TableName=self._table_name, Key=marshal({"taskId": _key(batch_id)}), ConsistentRead=True
        )
        return to_recorded(batch_id, unmarshal(found["Item"])) if "Item" in found else None

    def _timer(self, batch: Batch) -> TransactItem:
        return Timer(what=BATCH, id=batch.batch_id).to_put(self._table_name, batch.at + FIRST_LOOK)

    def _expiry(self, at: datetime) -> int:
        return int((at + self._retention).timestamp())


def _may_be_completed(batch: Recorded, at: datetime) -> bool:
    """Return whether a missing task of a batch may still be recorded."""
    return at < batch.at + INCOMPLETE_FOR


def _members_among(batch: Recorded, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the tasks of a batch, leaving out other tasks that have the same ids."""
    return [
        values
        for values in map(unmarshal, items)
        if read_fingerprint(values["fingerprint"]) in batch.members[values["taskId"]]
    ]


def _key(batch_id: str) -> str:
    """Return the key of a batch's item, which contains a slash and so differs from all task ids."""
    return f"batch/{batch_id}"
