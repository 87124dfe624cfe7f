"""Transitions of tasks in the table, each a single conditional write.

The condition of a transition names the states from which the task may come, and the task's version
(`lambdas.store.conditions`), so a function that resumes after its attempt has been replaced changes nothing.
A refused write returns the current item (ReturnValuesOnConditionCheckFailure,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.history import HistoryEntry, shortened, with_attempts
from lambdas.domain.lifecycle import Status, sources
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import Task
from lambdas.store.attribute_values import Item, marshal
from lambdas.store.conditions import NOT_TO_BE_CANCELLED, Condition, status_in, version_is_of
from lambdas.store.ends import Companions, companions
from lambdas.store.indexes import status_shard
from lambdas.store.item import shard_of, stored_entry, to_task
from lambdas.store.lanes import Lanes, lane_place
from lambdas.store.payloads import Payloads
from lambdas.store.stored_times import to_milliseconds
from lambdas.store.transactions import WriteRefused, write_together
from lambdas.telemetry.logs import about, logger

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Attributes that are removed when the task leaves the state to which they belong: the running attempt, the
# wait for a release, the message that waits for a retry, and the time at which that retry is due.
_STATE_ATTRIBUTES = ("leaseEnds", "claimant", "release", "releaseAt", "receiptHandle", "notBefore")

# The only states that may follow an attempt after cancellation was requested.
_MAY_END_A_CANCELLED_ATTEMPT = frozenset({Status.SUCCEEDED, Status.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Outcome of a transition.

    Attributes:
        task: The task in its current state.
        done: Whether the transition was made.
        delivery: The callback delivery that was written with it, whose message the caller must send; None if
            there is none.
    """

    task: Task
    done: bool
    delivery: Task | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """Changes that a transition makes besides the state and the history.

    Attributes:
        sets: New values of attributes; None removes the attribute.
        adds: Numbers to add to attributes; a missing attribute counts as 0.
        removes: Names of attributes to remove.
    """

    sets: Mapping[str, object] = field(default_factory=dict)
    adds: Mapping[str, int] = field(default_factory=dict)
    removes: Sequence[str] = ()


NOTHING_ELSE = Change()


class Transitions:
    """Writer of transitions.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects the request or is
    unavailable; a failed write may or may not have happened, and can be retried.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str, payloads: Payloads) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = payloads
        self._lanes = Lanes(client, table_name)

    def advance(
        self,
        task: Task,
        entry: HistoryEntry,
        change: Change = NOTHING_ELSE,
        *,
        from_statuses: Iterable[Status] | None = None,
    ) -> Moved:
        """Move a task to a new state, unless its version has changed since it was read or claimed.

        If the task already has a history entry with the same time, an earlier try of this write made it and
        its response was lost; the transition then counts as made. The writes that accompany the end of a task
        (`lambdas.store.ends`) are part of the same transaction.

        Args:
            task: The task as it was read or claimed.
            entry: History entry with the new state.
            change: Other changes.
            from_statuses: States from which the task may come; None for all that the lifecycle allows.
        """
        write = _advancing(task, entry, change, from_statuses)
        together = companions(task, entry, change.sets, self._table_name, self._payloads)
        if together.items:
            return self._write_together(task, write, together)
        try:
            return Moved(task=self._update(write), done=True)
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            return _unmoved(task, entry, refused_item(refusal))

    def advance_into_lane(
        self, task: Task, entry: HistoryEntry, change: Change, *, from_statuses: Iterable[Status]
    ) -> Moved:
        """Move a task like `advance`, and join the lane of its ordering key in the same transaction.

        A task without an ordering key joins no lane.
        """
        if task.ordering_key is None:
            return self.advance(task, entry, change, from_statuses=from_statuses)

        def after(predecessor: str | None) -> _Write:
            joined = replace(change, sets={**change.sets, "predecessor": predecessor})
            return _advancing(task, entry, joined, from_statuses)

        generation = task.generation if entry.generation is None else entry.generation
        try:
            predecessor = self._lanes.join(
                task.ordering_key,
                lane_place(task.task_id, generation, task.submitted_at),
                lambda predecessor: {"Update": self._request(after(predecessor))},
                at=entry.at,
            )
        except WriteRefused as refusal:
            return _unmoved(task, entry, refusal.item)
        return Moved(task=_written(task, after(predecessor)), done=True)

    def claim(self, task_id: str, entry: HistoryEntry, condition: Condition, change: Change) -> Task:
        """Move a task to a new state if a condition holds, without having read the task.

        Raises:
            ConditionalCheckFailedException: The condition does not hold; `refused_item` returns the current
                item.
        """
        return self._update(_Write(task_id=task_id, entry=entry, condition=condition, change=change))

    def _write_together(self, task: Task, write: "_Write", together: Companions) -> Moved:
        try:
            write_together(self._client, [{"Update": self._request(write)}, *together.items])
        except WriteRefused as refusal:
            return _unmoved(task, write.entry, refusal.item)
        return Moved(task=self._read_after(task, write), done=True, delivery=together.delivery)

    def _read_after(self, task: Task, write: "_Write") -> Task:
        """Read a task after a transaction, which does not return the item.

        The result includes a follower that was registered between the previous read and the transaction. If
        the read fails, or the task has changed again, release_tasks later gives the follower its turn.
        """
        try:
            found = self._client.get_item(
                TableName=self._table_name, Key=marshal({"taskId": write.task_id}), ConsistentRead=True
            )
        except (ClientError, BotoCoreError) as error:
            logger.warning("task not read after its end", **about(task), reason=str(error))
        else:
            outcome = _unmoved(task, write.entry, found.get("Item"))
            if outcome.done:
                return outcome.task
        return _written(task, replace(write, change=NOTHING_ELSE))

    def _update(self, write: "_Write") -> Task:
        answer = self._client.update_item(**self._request(write), ReturnValues="ALL_NEW")
        return to_task(answer["Attributes"])

    def _request(self, write: "_Write") -> dict[str, Any]:
        """Return a write as the parameters of UpdateItem, or as the Update of a transaction."""
        change, entry = write.change, write.entry
        # DynamoDB cannot store None: setting an attribute to None means removing it.
        wanted = {**change.sets, "statusShard": status_shard(entry.status, shard_of(write.task_id))}
        sets = {name: value for name, value in wanted.items() if value is not None}
        removes = [*change.removes, *(name for name in wanted if name not in sets)]
        history = write.history
        assignments = [
            "#status = :to",
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
            "ConditionExpression": write.condition.expression,
            "ExpressionAttributeNames": {
                f"#{name}": name for name in ["status", *sets, *change.adds, *removes]
            },
            "ExpressionAttributeValues": marshal(
                {
                    ":to": entry.status,
                    ":at": to_milliseconds(entry.at),
                    ":history": [stored_entry(each) for each in (history or [entry])],
                    **({":zero": 0} if change.adds else {}),
                    **write.condition.values,
                    **{f":{name}": value for name, value in {**sets, **change.adds}.items()},
                }
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


@dataclass(frozen=True, kw_only=True)
class _Write:
    """Conditional write of a new state, its history entry and other changes.

    Attributes:
        history: The complete new history, including `entry`; None to append `entry` to the stored history.
    """

    task_id: str
    entry: HistoryEntry
    condition: Condition
    change: Change
    history: Sequence[HistoryEntry] | None = None


def _advancing(
    task: Task, entry: HistoryEntry, change: Change, from_statuses: Iterable[Status] | None
) -> _Write:
    """Return the write that moves a task to a new state, provided that it still has the version read."""
    may_come_from = status_in(sources(entry.status) if from_statuses is None else frozenset(from_statuses))
    condition = version_is_of(task) & may_come_from
    if entry.status not in _MAY_END_A_CANCELLED_ATTEMPT:
        condition = condition & NOT_TO_BE_CANCELLED
    leaving = [name for name in _STATE_ATTRIBUTES if name not in change.sets]
    return _Write(
        task_id=task.task_id,
        entry=entry,
        condition=condition,
        change=replace(change, removes=[*leaving, *change.removes]),
        history=shortened([*task.history, entry]),
    )


def _written(task: Task, write: _Write) -> Task:
    """Return the task that results from a successful write, without reading it."""
    change = write.change
    added = {name: getattr(task, name) + number for name, number in change.adds.items()}
    removed = dict.fromkeys(change.removes)
    changed = {**removed, **change.sets, **added}
    return task.model_copy(
        update={
            **{name: value for name, value in changed.items() if name in Task.model_fields},
            "status": write.entry.status,
            "updated_at": write.entry.at,
            "history": with_attempts(write.history or [*task.history, write.entry]),
        }
    )


def _unmoved(task: Task, entry: HistoryEntry, item: Item | None) -> Moved:
    """Return the outcome of a refused write, which counts as made if an earlier try of it succeeded."""
    found = to_task(item) if item else task
    mine = found.status is entry.status and rfc3339(found.updated_at) == rfc3339(entry.at)
    return Moved(task=found, done=mine)


def refused_item(refusal: Any) -> Item | None:
    """Return the current item from the error of a refused write; None if the item does not exist."""
    item: Item | None = refusal.response.get("Item")
    return item
