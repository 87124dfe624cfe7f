"""Immediate retries at the request of clients."""

from datetime import datetime

from lambdas.domain.history import HistoryEntry
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.store.transition import Change, Moved, Transitions


def retry_now(
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
