"""The task table: each change of a task is one conditional write.

A write names the states that the task may come from, and the generation and attempt that it belongs to
(a fencing token): a function that was thought dead and wakes up can change nothing. Conditions that
fail return the item as it is (ReturnValuesOnConditionCheckFailure,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from lambdas.aws.item import (
    Item,
    marshal,
    plain,
    shard_of,
    status_shard,
    to_item,
    to_task,
    unmarshal,
)
from lambdas.domain import strict_json
from lambdas.domain.errors import TaskError
from lambdas.domain.lifecycle import Status, sources
from lambdas.domain.task import HistoryEntry, Task
from lambdas.domain.wire import rfc3339

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# An item is at most 400 KB
# (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html): a payload of 200,
# a result of 100, and room for the history.
MAX_RESULT_BYTES = 100 * 1024


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The answer to a submission: the task as it now is.

    Attributes:
        created: this submission wrote it; otherwise it was there.
        same: it is what was submitted; otherwise the id is taken by a different task.
    """

    task: Task
    created: bool
    same: bool


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A task as it is, and who works on it.

    Attributes:
        task: as it is.
        claimant: who runs it, as given to `claim`; None when nobody does.
        lease_ends: when the running attempt's function is dead at the latest; None when none runs.
    """

    task: Task
    claimant: str | None
    lease_ends: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Advance:
    """What came of moving a task on: the task as it now is, and whether it is where it was to go."""

    task: Task
    done: bool


class TaskTable:
    """The task table of a stage.

    Every method raises botocore's ClientError or BotoCoreError when the table refuses or is away; a
    failed write has then either happened or not, and may be repeated.
    """

    def __init__(self, client: "DynamoDBClient", name: str, *, retention: timedelta = timedelta(0)) -> None:
        self._client = client
        self._name = name
        self._retention = retention

    def accept(self, task: Task, fingerprint: str) -> Accepted:
        """Write a new task, unless its id is taken."""
        item = to_item(task, fingerprint)
        if task.status.ended:
            item |= marshal({"expiresAt": self._expiry(task.updated_at)})
        try:
            self._client.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression="attribute_not_exists(taskId)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            found = _item_of(refusal)
            if found is None:
                raise
            stored = unmarshal({"fingerprint": found["fingerprint"]})["fingerprint"]
            return Accepted(task=to_task(found), created=False, same=stored == fingerprint)
        return Accepted(task=task, created=True, same=True)

    def get(self, task_id: str) -> Task | None:
        found = self.snapshot(task_id)
        return found.task if found else None

    def snapshot(self, task_id: str) -> Snapshot | None:
        found = self._client.get_item(
            TableName=self._name, Key=marshal({"taskId": task_id}), ConsistentRead=True
        )
        return _snapshot(found["Item"]) if "Item" in found else None

    def queued(self, task: Task, *, at: datetime) -> Task:
        """Note that the task's message is on the queue; a task that is further already stays so.

        Returns:
            The task as it is then.
        """
        return self._advance(task, HistoryEntry(at=at, status=Status.QUEUED)).task

    def claim(
        self, task_id: str, generation: int, *, claimant: str, at: datetime, lease_ends: datetime
    ) -> Task | Snapshot | None:
        """Begin an attempt, for whoever comes first.

        A running attempt is replaced when its lease has ended: its function is dead by then. A task has
        no more attempts than its `maxAttempts`.

        Args:
            claimant: names this delivery of the message, and no other.
            lease_ends: when the claiming function is dead at the latest.

        Returns:
            The task in PROCESSING, its `attempts` the number of this one; a Snapshot when the claim is
            refused; None when there is no such task.
        """
        free = _placeholders(sources(Status.PROCESSING) - {Status.PROCESSING})
        try:
            return self._step(
                task_id,
                HistoryEntry(at=at, status=Status.PROCESSING),
                condition="generation = :generation AND attempts < maxAttempts AND "
                f"(#status IN ({', '.join(free)}) OR (#status = :to AND leaseEnds < :now))",
                values={**free, ":generation": generation, ":now": _milliseconds(at)},
                sets={"claimant": claimant, "leaseEnds": _milliseconds(lease_ends)},
                adds={"attempts": 1},
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item = _item_of(refusal)
            found = _snapshot(item) if item else None
            # A write whose answer was lost is repeated by boto3, and then finds itself.
            return found.task if found and found.claimant == claimant else found

    def succeeded(self, task: Task, result: JsonValue, *, at: datetime) -> bool:
        """Write an attempt's result; False when the attempt has been replaced meanwhile."""
        text = strict_json.dumps(result)
        size = len(text.encode())
        if size > MAX_RESULT_BYTES:
            # The effects have happened: the task succeeded, whatever becomes of its result.
            text = strict_json.dumps({"omitted": True, "bytes": size, "maxBytes": MAX_RESULT_BYTES})
        changed = self._advance(
            task,
            HistoryEntry(at=at, status=Status.SUCCEEDED),
            sets={"result": text, "expiresAt": self._expiry(at)},
            removes=("error",),
        )
        return changed.done

    def retrying(self, task: Task, error: TaskError, delay_seconds: int, *, at: datetime) -> bool:
        """Write that an attempt failed and another follows; False when it has been replaced meanwhile."""
        entry = HistoryEntry(at=at, status=Status.RETRYING, error=error, retry_delay_seconds=delay_seconds)
        return self._advance(task, entry, sets={"error": plain(error)}).done

    def dead_lettered(self, task: Task, error: TaskError, *, at: datetime) -> bool:
        """Write that a task is given up with its last error; False when it has moved on meanwhile."""
        entry = HistoryEntry(at=at, status=Status.DEAD_LETTERED, error=error)
        sets = {"error": plain(error), "expiresAt": self._expiry(at)}
        return self._advance(task, entry, sets=sets).done

    def _advance(
        self,
        task: Task,
        entry: HistoryEntry,
        *,
        sets: Mapping[str, object] | None = None,
        removes: Sequence[str] = (),
    ) -> "_Advance":
        """Move on a task that was read or claimed before, unless it has moved elsewhere since.

        A task that is there already was moved by this same write, whose answer was lost.
        """
        free = _placeholders(sources(entry.status))
        try:
            moved = self._step(
                task.task_id,
                entry,
                condition="generation = :generation AND attempts = :attempt "
                f"AND #status IN ({', '.join(free)})",
                values={**free, ":generation": task.generation, ":attempt": task.attempts},
                sets=sets or {},
                removes=("leaseEnds", "claimant", *removes),
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item = _item_of(refusal)
            found = to_task(item) if item else task
            wanted = (entry.status, task.generation, task.attempts)
            return _Advance(task=found, done=(found.status, found.generation, found.attempts) == wanted)
        return _Advance(task=moved, done=True)

    def _step(
        self,
        task_id: str,
        entry: HistoryEntry,
        *,
        condition: str,
        values: Mapping[str, object],
        sets: Mapping[str, object],
        adds: Mapping[str, int] | None = None,
        removes: Sequence[str] = (),
    ) -> Task:
        """One conditional write: the new state, its entry in the history, and what else changes.

        In `condition`, `#status` is the state as it is and `:to` the new one.
        """
        assignments = [
            "#status = :to",
            "statusShard = :statusShard",
            "updatedAt = :at",
            "history = list_append(history, :entry)",
            *(f"#{name} = :{name}" for name in sets),
            *(f"#{name} = #{name} + :{name}" for name in adds or {}),
        ]
        removal = " REMOVE " + ", ".join(f"#{name}" for name in removes) if removes else ""
        answer = self._client.update_item(
            TableName=self._name,
            Key=marshal({"taskId": task_id}),
            UpdateExpression=f"SET {', '.join(assignments)}{removal}",
            ConditionExpression=condition,
            ExpressionAttributeNames={
                f"#{name}": name for name in ["status", *sets, *(adds or {}), *removes]
            },
            ExpressionAttributeValues=marshal(
                {
                    ":to": entry.status,
                    ":statusShard": status_shard(entry.status, shard_of(task_id)),
                    ":at": rfc3339(entry.at),
                    ":entry": [plain(entry)],
                    **values,
                    **{f":{name}": value for name, value in {**sets, **(adds or {})}.items()},
                }
            ),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return to_task(answer["Attributes"])

    def _expiry(self, at: datetime) -> int:
        """When DynamoDB may delete an ended task, in epoch seconds (TTL)."""
        return int((at + self._retention).timestamp())


def _placeholders(statuses: Iterable[Status]) -> dict[str, str]:
    """The values of a condition's `#status IN (...)`: `{":PENDING": "PENDING", ...}`."""
    return {f":{status}": status.value for status in sorted(statuses)}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _item_of(refusal: Any) -> Item | None:
    """The item as it is, from a conditional write's refusal; None when there is none."""
    item: Item | None = refusal.response.get("Item")
    return item


def _snapshot(item: Item) -> Snapshot:
    values = unmarshal({name: item[name] for name in ("claimant", "leaseEnds") if name in item})
    lease = values.get("leaseEnds")
    return Snapshot(
        task=to_task(item),
        claimant=values.get("claimant"),
        lease_ends=None if lease is None else datetime.fromtimestamp(lease / 1000, UTC),
    )
