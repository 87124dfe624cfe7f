"""Ending a task's wait early: making its retry due now, or letting its circuit probe now."""

import time
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.domain.history import HistoryEntry
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.store.attribute_values import marshal
from lambdas.store.circuit_records import RECORDS
from lambdas.store.transition import Change, Moved, Transitions

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def hurry_retry(
    transitions: Transitions, task: Task, receipt_handle: str | None, *, by: Requester, at: datetime
) -> Moved:
    """Let the next attempt of a RETRYING task begin as soon as its message is delivered.

    The task becomes QUEUED. Its message is on the queue; the caller must still make it visible with the
    receipt handle, which is kept so that this can be repeated. Otherwise the message becomes visible when the
    retry would have been due.

    Args:
        transitions: Transitions of the task table.
        task: The task as it was read.
        receipt_handle: Receipt handle of the message that waits.
        by: The client that makes the request.
        at: The current time.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    entry = HistoryEntry(at=at, status=Status.QUEUED, requested_by=by)
    change = Change(sets={"receiptHandle": receipt_handle})
    return transitions.advance(task, entry, change, from_statuses=[Status.RETRYING])


def half_open(client: "DynamoDBClient", table_name: str, circuit: str) -> None:
    """Let an open circuit try one call now, as it does by itself once it has been open for long enough.

    The next caller becomes the probe by Powertools' own election: it takes over a half-open circuit whose
    probe's lease is over. A circuit that is closed or already being probed is left unchanged.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    try:
        client.update_item(
            TableName=table_name,
            Key=marshal({"id": RECORDS, "name": circuit}),
            UpdateExpression="SET #state = :half_open, probe_lease_expiry = :now",
            ConditionExpression="#state = :open",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=marshal(
                {":half_open": "HALF_OPEN", ":open": "OPEN", ":now": int(time.time())}
            ),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return
