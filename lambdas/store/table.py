"""The task table: each change of a task is one conditional write (see `lambdas.store.transition`)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from lambdas.domain import strict_json
from lambdas.domain.analysis import analysis
from lambdas.domain.errors import TaskError
from lambdas.domain.history import HistoryEntry, with_attempts
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.conditions import claimable, milliseconds, not_ended, releases_are
from lambdas.store.item import (
    DUE,
    Item,
    analysis_text,
    circuit_key,
    marshal,
    plain,
    release_keys,
    to_item,
    to_task,
    unmarshal,
)
from lambdas.store.lanes import Lanes, WriteRefused, lane_place
from lambdas.store.snapshot import Claimed, Refused, Snapshot, to_snapshot
from lambdas.store.transition import Change, Moved, Transitions, refused_item

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


class TaskTable:
    """The task table of a stage.

    Every method raises botocore's ClientError or BotoCoreError when the table refuses or is away; a
    failed write has then either happened or not, and may be repeated.
    """

    def __init__(self, client: "DynamoDBClient", name: str, *, retention: timedelta = timedelta(0)) -> None:
        self._client = client
        self._name = name
        self._lanes = Lanes(client, name)
        self._transitions = Transitions(client, name)
        self._retention = retention

    def accept(self, task: Task, fingerprint: str) -> Accepted:
        """Write a new task, unless its id is taken. One that is to be queued takes its place in the lane of
        its ordering key with the same write; one that is for later does so when it is released."""
        item = to_item(task, fingerprint)
        if task.status.ended:
            item |= marshal({"expiresAt": self._expiry(task.updated_at)})
        put: dict[str, Any] = {
            "TableName": self._name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(taskId)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            if task.ordering_key is None or task.status is not Status.PENDING:
                self._client.put_item(**put)
            else:
                task = self._accept_into_lane(task, task.ordering_key, put)
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            return _accepted_before(refused_item(refusal), fingerprint, refusal)
        except WriteRefused as refusal:
            return _accepted_before(refusal.item, fingerprint, refusal)
        return Accepted(task=task, created=True, same=True)

    def _accept_into_lane(self, task: Task, ordering_key: str, put: dict[str, Any]) -> Task:
        predecessor = self._lanes.join(
            ordering_key,
            lane_place(task.task_id, task.generation),
            lambda place: {"Put": {**put, "Item": put["Item"] | marshal({"predecessor": place})}},
            at=task.submitted_at,
        )
        return task.model_copy(update={"predecessor": predecessor})

    def get(self, task_id: str) -> Task | None:
        found = self.snapshot(task_id)
        return found.task if found else None

    def snapshot(self, task_id: str) -> Snapshot | None:
        found = self._client.get_item(
            TableName=self._name, Key=marshal({"taskId": task_id}), ConsistentRead=True
        )
        return to_snapshot(found["Item"]) if "Item" in found else None

    def queued(self, task: Task, *, at: datetime) -> Task:
        """Note that the task's message is on the queue; a task that is further already stays so.

        Returns:
            The task as it is then.
        """
        return self._transitions.advance(task, HistoryEntry(at=at, status=Status.QUEUED)).task

    def claim(
        self, task_id: str, generation: int, *, claimant: str, at: datetime, lease_ends: datetime
    ) -> Claimed | Refused:
        """Begin an attempt, if the task waits for one or has lost the last, and has attempts left.

        Args:
            task_id: Of the task.
            generation: The one that the message belongs to.
            claimant: Names this delivery of the message, and no other.
            at: The time.
            lease_ends: When the claiming function is dead at the latest.
        """
        try:
            task = self._transitions.claim(
                task_id,
                HistoryEntry(at=at, status=Status.PROCESSING),
                claimable(generation, at),
                Change(
                    sets={"claimant": claimant, "leaseEnds": milliseconds(lease_ends)},
                    adds={"attempts": 1},
                    removes=("receiptHandle",),
                ),
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item = refused_item(refusal)
            found = to_snapshot(item) if item else None
            # boto3 repeats a write whose answer was lost; the repetition finds the claim of the first.
            return Claimed(task=found.task) if found and found.claimant == claimant else Refused(found=found)
        return Claimed(task=task)

    def succeeded(self, task: Task, result: JsonValue, *, at: datetime) -> Moved:
        """Write an attempt's result; not `done` when the attempt has been replaced meanwhile."""
        text = strict_json.dumps(result)
        size = len(text.encode())
        if size > MAX_RESULT_BYTES:
            # The effects have happened: the task succeeded, whatever becomes of its result.
            text = strict_json.dumps({"omitted": True, "bytes": size, "maxBytes": MAX_RESULT_BYTES})
        change = Change(sets={"result": text, "expiresAt": self._expiry(at)}, removes=("error",))
        return self._transitions.advance(task, HistoryEntry(at=at, status=Status.SUCCEEDED), change)

    def retrying(
        self, task: Task, error: TaskError, delay_seconds: int, *, receipt_handle: str, at: datetime
    ) -> bool:
        """Write that an attempt failed and another follows; False when it has been replaced meanwhile.

        Args:
            receipt_handle: of the delivered message, by which who cancels the task lets its group go on.
        """
        entry = HistoryEntry(at=at, status=Status.RETRYING, error=error, retry_delay_seconds=delay_seconds)
        change = Change(sets={"error": plain(error), "receiptHandle": receipt_handle})
        return self._transitions.advance(task, entry, change).done

    def dead_lettered(self, task: Task, error: TaskError, *, at: datetime) -> Moved:
        """Write that a task is given up with its last error, and the analysis of its history; not `done`
        when it has moved on meanwhile."""
        step = HistoryEntry(at=at, status=Status.DEAD_LETTERED, error=error)
        analysed = analysis_text(analysis(with_attempts([*task.history, step]), error))
        change = Change(sets={"error": plain(error), "analysis": analysed, "expiresAt": self._expiry(at)})
        return self._transitions.advance(task, step, change)

    def waits_for_circuit(self, task: Task, circuit: str, *, at: datetime) -> bool:
        """Park a claimed task, its attempt given back; False when it has been replaced meanwhile."""
        entry = HistoryEntry(at=at, status=Status.PARKED, circuit=circuit)
        sets = release_keys(task.task_id, circuit_key(circuit), at)
        return self._transitions.advance(
            task, entry, Change(sets=sets, adds={"attempts": -1}), from_statuses=[Status.PROCESSING]
        ).done

    def waits_for_turn(self, task: Task, *, at: datetime, look_at: datetime) -> Moved:
        """Park a task that another of its ordering key comes before; not `done` when it has moved on.

        Whoever parks a task whose attempt was lost has seen that its lease has ended.

        Args:
            look_at: when release_tasks is to look whether its turn was forgotten.
        """
        step = HistoryEntry(at=at, status=Status.PARKED)
        return self._transitions.advance(task, step, Change(sets=release_keys(task.task_id, DUE, look_at)))

    def note_follower(self, task: Task, follower: str) -> bool:
        """Note which task waits for this one to end; False when it has ended or been redriven meanwhile.

        The write that ends the task returns the note, so that none is missed.
        """
        condition = not_ended(task.generation)
        try:
            self._client.update_item(
                TableName=self._name,
                Key=marshal({"taskId": task.task_id}),
                UpdateExpression="SET follower = :follower",
                ConditionExpression=condition.expression,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=marshal({":follower": follower, **condition.values}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def released(self, task: Task, *, at: datetime) -> Task | None:
        """Make a SCHEDULED or PARKED task PENDING, so that its message is sent; None when it has moved on.

        One that was SCHEDULED takes its place in the lane of its ordering key; one that was PARKED has it.
        """
        step, change = HistoryEntry(at=at, status=Status.PENDING), Change(adds={"releases": 1})
        if task.status is Status.SCHEDULED:
            moved = self._transitions.advance_into_lane(task, step, change, from_statuses=[Status.SCHEDULED])
        else:
            moved = self._transitions.advance(task, step, change, from_statuses=[Status.PARKED])
        return moved.task if moved.done else None

    def look_again(self, task: Task, at: datetime) -> None:
        """Have release_tasks look at a task that waits for its turn, or that it cannot release, later."""
        sets = release_keys(task.task_id, DUE, at)
        unreleased = releases_are(task.releases)
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._name,
                Key=marshal({"taskId": task.task_id}),
                UpdateExpression="SET releaseAt = :at",
                ConditionExpression=f"#release = :release AND ({unreleased.expression})",
                ExpressionAttributeNames={"#release": "release"},
                ExpressionAttributeValues=marshal(
                    {":at": sets["releaseAt"], ":release": sets["release"], **unreleased.values}
                ),
            )

    def cancelled(self, task: Task, *, at: datetime) -> Moved:
        """Cancel a task; `done` is False when it runs, has ended, or has just moved on."""
        change = Change(sets={"expiresAt": self._expiry(at)})
        return self._transitions.advance(task, HistoryEntry(at=at, status=Status.CANCELLED), change)

    def redriven(self, task: Task, *, at: datetime) -> Moved:
        """Begin a new generation of a dead-lettered task; `done` is False when it has just moved on.

        The task is then PENDING, the last of its ordering key: its message is yet to be sent.
        """
        step = HistoryEntry(at=at, status=Status.PENDING, generation=task.generation + 1)
        change = Change(
            sets={"attempts": 0, "generation": task.generation + 1},
            adds={"releases": 1},
            removes=("expiresAt", "error", "analysis", "follower"),
        )
        return self._transitions.advance_into_lane(task, step, change, from_statuses=[Status.DEAD_LETTERED])

    def _expiry(self, at: datetime) -> int:
        """When DynamoDB may delete an ended task, in epoch seconds (TTL)."""
        return int((at + self._retention).timestamp())


def _accepted_before(item: Item | None, fingerprint: str, refusal: Exception) -> Accepted:
    if item is None:
        raise refusal
    stored = unmarshal({"fingerprint": item["fingerprint"]})["fingerprint"]
    return Accepted(task=to_task(item), created=False, same=stored == fingerprint)
