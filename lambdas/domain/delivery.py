"""Callback deliveries: tasks of kind `http.request` that report the end of a task or a batch."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from lambdas.domain import strict_json
from lambdas.domain.callback import delivery_id
from lambdas.domain.history import HistoryEntry
from lambdas.domain.lifecycle import Status
from lambdas.domain.retry import RetryPolicy
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import Task

DELIVERY_KIND = "http.request"
MAX_RESULT_BYTES = 180 * 1024
"""Maximum size of a result in a delivery; larger ones are omitted, so that every delivery can be stored."""


def delivery(
    url: str,
    *,
    task_id: str,
    body: Mapping[str, JsonValue],
    reference: str,
    correlation_id: str,
    trace_header: str | None = None,
    at: datetime,
) -> Task:
    """Create the PENDING task that posts a JSON body to a URL.

    Args:
        url: URL to post to.
        task_id: Id of the delivery, from `delivery_id`; requests of such tasks are signed.
        body: The JSON body.
        reference: Id of the reported task or batch; clients can find the delivery by it.
        correlation_id: Correlation id of the submission of that task or batch.
        trace_header: X-Ray trace header of that submission, if any.
        at: The current time.
    """
    return Task(
        task_id=task_id,
        type=DELIVERY_KIND,
        status=Status.PENDING,
        attempts=0,
        max_attempts=RetryPolicy().maximum_attempts,
        generation=0,
        payload={"url": url, "body": {**body}},
        history=[HistoryEntry(at=at, status=Status.PENDING)],
        reference=reference,
        correlation_id=correlation_id,
        trace_header=trace_header,
        submitted_at=at,
        updated_at=at,
    )


def delivery_of_end(task: Task) -> Task | None:
    """Return the delivery that reports a task's end; None if the task has no callback for this final state.

    Args:
        task: The task in its final state.
    """
    callback = task.callback
    if callback is None or task.status not in callback.on:
        return None
    # An expired task may have had the same id; the time makes sure that the end of each is reported.
    since = rfc3339(task.submitted_at)
    return delivery(
        callback.url,
        task_id=delivery_id("task", task.task_id, since, task.generation, task.status),
        body=end_report(task),
        reference=task.task_id,
        correlation_id=task.correlation_id,
        trace_header=task.trace_header,
        at=task.updated_at,
    )


def end_report(task: Task) -> dict[str, JsonValue]:
    """Return the JSON body that reports the end of a task to its callback.

    It is `{taskId, type, status, generation, endedAt, result?, error?}`, with `resultOmitted: true` in place
    of a result larger than MAX_RESULT_BYTES. The error has no traceback, which is not for others.
    """
    body: dict[str, Any] = {
        "taskId": task.task_id,
        "type": task.type,
        "status": task.status.value,
        "generation": task.generation,
        "endedAt": rfc3339(task.updated_at),
    }
    if task.error is not None:
        body["error"] = task.error.without_traceback.model_dump(mode="json", by_alias=True, exclude_none=True)
    if task.status is Status.SUCCEEDED:
        fits = len(strict_json.dumps(task.result).encode()) <= MAX_RESULT_BYTES
        body |= {"result": task.result} if fits else {"resultOmitted": True}
    return body
