"""Serialization of tasks for the API's responses."""

from typing import Any

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task

# Fields that a summary omits. Nulls in payloads and results belong to the client and are kept, while all
# other fields without a value are omitted.
_APART = {"payload", "result", "history"}
# A callback URL may contain a secret, which a list of tasks need not disclose.
_NOT_LISTED = {*_APART, "callback"}


def summary(task: Task) -> dict[str, Any]:
    """Convert a task to JSON without payload, result and history."""
    shown: dict[str, Any] = task.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=_NOT_LISTED
    )
    return shown


def whole(task: Task) -> dict[str, Any]:
    """Convert a task to JSON, omitting fields without a value, except the result of a SUCCEEDED task."""
    rest: dict[str, Any] = task.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=_APART - {"history"}
    )
    result = {"result": task.result} if task.status is Status.SUCCEEDED else {}
    return {**rest, "payload": task.payload, **result}
