"""Cancellation of running tasks: the request, and the end once the attempt has failed or been lost.

The request is an attribute of the task, written only while an attempt runs. It makes the table refuse every
claim and every write that would lead to another attempt or to a dead letter (`lambdas.store.transition`). The
function whose write is refused then cancels the task.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.domain.errors import TaskError
from lambdas.domain.history import HistoryEntry
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.store.attribute_values import marshal
from lambdas.store.conditions import status_in, version_is_of
from lambdas.store.item import plain, stored_error, to_task
from lambdas.store.transition import Change, Moved, Transitions, refused_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def ask_to_cancel(client: "DynamoDBClient", table_name: str, task: Task, *, by: Requester) -> Moved:
    """Request the cancellation of a running task; `done` is False if the attempt has ended.

    An earlier request is left unchanged.

    Args:
        client: DynamoDB client.
        table_name: Name of the task table.
        task: The PROCESSING task, as read.
        by: The client that requests the cancellation.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    condition = version_is_of(task) & status_in(frozenset({Status.PROCESSING}))
    try:
        answer = client.update_item(
            TableName=table_name,
            Key=marshal({"taskId": task.task_id}),
            UpdateExpression="SET cancelRequested = if_not_exists(cancelRequested, :by)",
            ConditionExpression=condition.expression,
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=marshal({":by": plain(by), **condition.values}),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except client.exceptions.ConditionalCheckFailedException as refusal:
        item = refused_item(refusal)
        return Moved(task=to_task(item) if item else task, done=False)
    return Moved(task=to_task(answer["Attributes"]), done=True)


def cancel_attempted(
    transitions: Transitions, task: Task, error: TaskError | None, *, at: datetime, expires_at: int
) -> Moved:
    """Cancel a task whose cancellation was requested, after its attempt has failed or been lost.

    If the attempt was lost, callers must check that its lease has expired.

    Args:
        transitions: Transitions of the task table.
        task: The task as it was read.
        error: Error of the attempt; None if no attempt was made.
        at: The current time.
        expires_at: TTL of the cancelled task, in seconds since 1970.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    entry = HistoryEntry(at=at, status=Status.CANCELLED, error=error, requested_by=task.cancel_requested_by)
    change = Change(sets={"expiresAt": expires_at, **(stored_error(error) if error else {})})
    return transitions.advance(task, entry, change, from_statuses=[Status.PROCESSING])
