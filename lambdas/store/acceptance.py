"""Idempotent acceptance of new tasks: a repeated submission with the same id creates nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.attribute_values import Item, marshal, unmarshal
from lambdas.store.item import read_fingerprint, stored_fingerprint, to_item, to_task
from lambdas.store.lanes import Lanes, lane_place
from lambdas.store.payloads import Payloads
from lambdas.store.timers import EXPIRY, Timer
from lambdas.store.transactions import TransactItem, WriteRefused, write_together
from lambdas.store.transition import refused_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Outcome of a submission.

    Attributes:
        task: The task in its current state.
        created: Whether this submission created the task.
        same: Whether the task is the submitted one; False if a different task has its id.
    """

    task: Task
    created: bool
    same: bool


class Acceptance:
    """Writer of new tasks.

    Args:
        client: DynamoDB client.
        table_name: Name of the task table.
        payloads: Storage of large payloads.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str, payloads: Payloads) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = payloads
        self._lanes = Lanes(client, table_name)

    def accept(self, task: Task, fingerprint: str, *, expires_at: int | None) -> Accepted:
        """Write a new task, unless its id is taken.

        A PENDING task joins the lane of its ordering key in the same transaction; a SCHEDULED one does so
        when it is released. If the task has a deadline, its timer is part of that transaction, too.

        Args:
            task: The task.
            fingerprint: Fingerprint of the submission, which distinguishes a repetition from another task
                with the same id.
            expires_at: TTL of the task, in seconds since 1970; None unless it has ended.

        Raises:
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        put: dict[str, Any] = {
            "TableName": self._table_name,
            "Item": self._payloads.set_apart(task, to_item(task, fingerprint))
            | marshal({"expiresAt": expires_at}),
            "ConditionExpression": "attribute_not_exists(taskId)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        also = self._timers(task)
        try:
            if task.ordering_key is not None and task.status is Status.PENDING:
                task = self._accept_into_lane(task, task.ordering_key, put, also)
            elif also:
                write_together(self._client, [{"Put": put}, *also])
            else:
                self._client.put_item(**put)
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            return _refused(refused_item(refusal), fingerprint, refusal)
        except WriteRefused as refusal:
            return _refused(refusal.item, fingerprint, refusal)
        return Accepted(task=task, created=True, same=True)

    def accepted_before(self, task_id: str, fingerprint: str) -> Accepted | None:
        """Look up the outcome of an earlier submission with the same id; return None without one.

        Raises:
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        found = self._client.get_item(
            TableName=self._table_name, Key=marshal({"taskId": task_id}), ConsistentRead=True
        )
        return _accepted_before(found["Item"], fingerprint) if "Item" in found else None

    def _timers(self, task: Task) -> Sequence[TransactItem]:
        if task.expires_at is None:
            return ()
        return [Timer(what=EXPIRY, id=task.task_id).to_put(self._table_name, task.expires_at)]

    def _accept_into_lane(
        self, task: Task, ordering_key: str, put: dict[str, Any], also: Sequence[TransactItem]
    ) -> Task:
        predecessor = self._lanes.join(
            ordering_key,
            lane_place(task.task_id, task.generation, task.submitted_at),
            lambda place: {"Put": {**put, "Item": put["Item"] | marshal({"predecessor": place})}},
            at=task.submitted_at,
            also=also,
        )
        return task.model_copy(update={"predecessor": predecessor})


def _refused(item: Item | None, fingerprint: str, refusal: Exception) -> Accepted:
    if item is None:
        raise refusal
    return _accepted_before(item, fingerprint)


def _accepted_before(item: Item, fingerprint: str) -> Accepted:
    stored = unmarshal({"fingerprint": item["fingerprint"]})["fingerprint"]
    same = read_fingerprint(stored) == stored_fingerprint(fingerprint)
    return Accepted(task=to_task(item), created=False, same=same)
