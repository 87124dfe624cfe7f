"""One step of a task in the table: one conditional write.

A step names the states that the task may come from, and the generation, attempt and release that it belongs
to (a fencing token): a function that was thought dead and wakes up can change nothing. The attempt alone does
not tell: its number stays when a task is parked and released, or is used again. Conditions that fail return
the item as it is (ReturnValuesOnConditionCheckFailure,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lambdas.domain.history import HistoryEntry, shortened
from lambdas.domain.lifecycle import Status, sources
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import Task
from lambdas.store.item import Item, marshal, plain, shard_of, status_shard, to_task
from lambdas.store.lanes import Lanes, WriteRefused, lane_place

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# What belongs to a state and goes with it: who runs it until when, what it waits for, its delivery.
_STATE_ATTRIBUTES = ("leaseEnds", "claimant", "release", "releaseAt", "receiptHandle")


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What came of a step: the task as it now is, and whether it is where it was to go."""

    task: Task
    done: bool


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a step changes besides the state and the history.

    Attributes:
        sets: attributes and their new values; one that is None goes.
        adds: what is added to attributes that are numbers; one that is missing counts from 0.
        removes: attributes that go.
    """

    sets: Mapping[str, object] = field(default_factory=dict)
    adds: Mapping[str, int] = field(default_factory=dict)
    removes: Sequence[str] = ()
    values: Mapping[str, object] = field(default_factory=dict)


NOTHING_ELSE = Change()


class Transitions:
    """Writes steps.

    Every method raises botocore's ClientError or BotoCoreError when the table refuses or is away; a
    failed write has then either happened or not, and may be repeated.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._lanes = Lanes(client, table_name)

    def advance(
        self,
        task: Task,
        entry: HistoryEntry,
        change: Change = NOTHING_ELSE,
        *,
        from_statuses: Iterable[Status] | None = None,
    ) -> Moved:
        """Move on a task that was read or claimed before, unless it has moved elsewhere since.

        A task that is there already, by an entry of the same moment, was moved by this same write, whose
        answer was lost.

        Args:
            from_statuses: the states it may come from; all that the lifecycle allows when None.
        """
        try:
            return Moved(task=self._update(_advancing(task, entry, change, from_statuses)), done=True)
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            return _unmoved(task, entry, refused_item(refusal))

    def advance_into_lane(
        self, task: Task, entry: HistoryEntry, change: Change, *, from_statuses: Iterable[Status]
    ) -> Moved:
        """As `advance`, and in the same moment join the lane of the task's ordering key, if it has one."""
        if task.ordering_key is None:
            return self.advance(task, entry, change, from_statuses=from_statuses)

        def step(predecessor: str | None) -> Mapping[str, Any]:
            joined = replace(change, sets={**change.sets, "predecessor": predecessor})
            return {"Update": self._request(_advancing(task, entry, joined, from_statuses))}

        generation = task.generation if entry.generation is None else entry.generation
        try:
            self._lanes.join(task.ordering_key, lane_place(task.task_id, generation), step, at=entry.at)
        except WriteRefused as refusal:
            return _unmoved(task, entry, refusal.item)
        found = self._client.get_item(
            TableName=self._table_name, Key=marshal({"taskId": task.task_id}), ConsistentRead=True
        )
        return Moved(task=to_task(found["Item"]), done=True)

    def claim(self, task_id: str, entry: HistoryEntry, condition: str, change: Change) -> Task:
        """Move on a task that was not read before, if `condition` holds.

        In `condition`, `#status` is the state as it is and `:to` the new one.

        Raises:
            ConditionalCheckFailedException: the condition does not hold; see `refused_item`.
        """
        return self._update(_Write(task_id=task_id, entry=entry, condition=condition, change=change))

    def _update(self, write: "_Write") -> Task:
        answer = self._client.update_item(**self._request(write), ReturnValues="ALL_NEW")
        return to_task(answer["Attributes"])

    def _request(self, write: "_Write") -> dict[str, Any]:
        """A write as an UpdateItem, or as the Update of a transaction."""
        change, entry = write.change, write.entry
        # What is None is not there: to set it is to remove it.
        sets = {name: value for name, value in change.sets.items() if value is not None}
        removes = [*change.removes, *(name for name in change.sets if name not in sets)]
        history = write.history
        assignments = [
            "#status = :to",
            "statusShard = :statusShard",
            "updatedAt = :at",
            "history = list_append(history, :history)" if history is None else "history = :history",
            *(f"#{name} = :{name}" for name in sets),
            *(f"#{name} = if_not_exists(#{name}, :zero) + :{name}" for name in change.adds),
        ]
        removal = " REMOVE " + ", ".join(f"#{name}" for name in removes) if removes else ""
        return {
            "TableName": self._table_name,
            "Key": marshal({"taskId": write.task_id}),
            "UpdateExpression": f"SET {', '.join(assignments)}{removal}",
            "ConditionExpression": write.condition,
            "ExpressionAttributeNames": {
                f"#{name}": name for name in ["status", *sets, *change.adds, *removes]
            },
            "ExpressionAttributeValues": marshal(
                {
                    ":to": entry.status,
                    ":statusShard": status_shard(entry.status, shard_of(write.task_id)),
                    ":at": rfc3339(entry.at),
                    ":history": [plain(each) for each in (history or [entry])],
                    **({":zero": 0} if change.adds else {}),
                    **change.values,
                    **{f":{name}": value for name, value in {**sets, **change.adds}.items()},
                }
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


@dataclass(frozen=True, kw_only=True)
class _Write:
    """A new state, its entry in the history, and what else changes, if `condition` holds.

    Attributes:
        history: the whole history, `entry` included; it is added to what is there when None.
    """

    task_id: str
    entry: HistoryEntry
    condition: str
    change: Change
    history: Sequence[HistoryEntry] | None = None


def _advancing(
    task: Task, entry: HistoryEntry, change: Change, from_statuses: Iterable[Status] | None
) -> _Write:
    """The write that moves on a task as it was read, in one of the states that it may come from."""
    free = placeholders(sources(entry.status) if from_statuses is None else from_statuses)
    conditions = [
        "generation = :atGeneration AND attempts = :atAttempt",
        "(attribute_not_exists(releases) OR releases = :atRelease)",
        f"#status IN ({', '.join(free)})",
    ]
    fence = {":atGeneration": task.generation, ":atAttempt": task.attempts, ":atRelease": task.releases}
    return _Write(
        task_id=task.task_id,
        entry=entry,
        condition=" AND ".join(conditions),
        change=Change(
            sets=change.sets,
            adds=change.adds,
            removes=[*(name for name in _STATE_ATTRIBUTES if name not in change.sets), *change.removes],
            values={**free, **fence, **change.values},
        ),
        history=shortened([*task.history, entry]),
    )


def _unmoved(task: Task, entry: HistoryEntry, item: Item | None) -> Moved:
    """What came of a write that was refused: the task as it is, which that same write may have moved."""
    found = to_task(item) if item else task
    mine = found.status is entry.status and rfc3339(found.updated_at) == rfc3339(entry.at)
    return Moved(task=found, done=mine)


def placeholders(statuses: Iterable[Status]) -> dict[str, str]:
    """The values of a condition's `#status IN (...)`: `{":PENDING": "PENDING", ...}`."""
    return {f":{status}": status.value for status in sorted(statuses)}


def refused_item(refusal: Any) -> Item | None:
    """The item as it is, from a conditional write's refusal; None when there is none."""
    item: Item | None = refusal.response.get("Item")
    return item
