"""Shortening of a task's wait: making its retry due now, or its circuit half open."""

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
    """Make the retry of a RETRYING task due now; the task becomes QUEUED.

    The caller must then make the task's message visible, using the receipt handle, which stays stored so that
    this can be repeated. Otherwise the message becomes visible when the retry would have been due.

    Args:
        transitions: Transitions of the task table.
        task: The task as it was read.
        receipt_handle: Receipt handle of the task's message, if known.
        by: The client that makes the request.
        at: The current time.

    Raises:
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    entry = HistoryEntry(at=at, status=Status.QUEUED, requested_by=by)
    change = Change(sets={"receiptHandle": receipt_handle})
    return transitions.advance(task, entry, change, from_statuses=[Status.RETRYING])


def half_open(client: "DynamoDBClient", table_name: str, circuit: str) -> None:
    """Make an open circuit half open now, before its recovery time has passed.

    The next caller becomes the probe: Powertools lets it take over a half-open circuit with an expired probe
    lease. A circuit that is closed or already being probed is left unchanged.

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
