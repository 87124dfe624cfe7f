"""Updates of followers, predecessors and checks for a turn, which leave the state of tasks unchanged."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.domain.task import Task
from lambdas.store.attribute_values import marshal
from lambdas.store.conditions import generation_is, not_ended, releases_are
from lambdas.store.item import release_keys
from lambdas.store.payloads import Payloads
from lambdas.store.waiting_keys import TURN

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class WaitingNotes:
    """Updates followers and predecessors, and the next checks of tasks that wait for their turn.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects a request or is
    unavailable, and can be retried.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str, payloads: Payloads) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = payloads

    def note_follower(self, task: Task, follower: str) -> bool:
        """Record the follower of a task; return False if the task has ended or was redriven.

        No follower is lost to a race: the write that ends a task returns the follower recorded by then.
        """
        condition = not_ended(task.generation)
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=marshal({"taskId": task.task_id}),
                UpdateExpression="SET follower = :follower",
                ConditionExpression=condition.expression,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=marshal({":follower": follower, **condition.values}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def shorten(self, task: Task, predecessor: str | None) -> Task:
        """Replace a task's predecessor by one further ahead, unless its predecessor has changed.

        Args:
            task: The task as it was read. All tasks between it and the new predecessor must have ended.
            predecessor: Place of the new predecessor; None if all tasks ahead have ended.

        Returns:
            The task with the new predecessor.
        """
        if predecessor == task.predecessor:
            return task
        condition = generation_is(task.generation)
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table_name,
                Key=marshal({"taskId": task.task_id}),
                UpdateExpression="SET predecessor = :new" if predecessor else "REMOVE predecessor",
                ConditionExpression=f"predecessor = :seen AND {condition.expression}",
                ExpressionAttributeValues=marshal(
                    {":seen": task.predecessor, ":new": predecessor, **condition.values}
                ),
            )
        return task.model_copy(update={"predecessor": predecessor})

    def look_again(self, task: Task, at: datetime) -> None:
        """Postpone the next check of a task that waits for its turn, unless it has been released."""
        sets = {**release_keys(task.task_id, TURN, at), **self._payloads.keep(task, at)}
        unreleased = releases_are(task.releases)
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table_name,
                Key=marshal({"taskId": task.task_id}),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in sets),
                ConditionExpression=f"attribute_exists(#release) AND ({unreleased.expression})",
                ExpressionAttributeNames={f"#{name}": name for name in sets},
                ExpressionAttributeValues=marshal(
                    {**unreleased.values, **{f":{name}": value for name, value in sets.items()}}
                ),
            )
