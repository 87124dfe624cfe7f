"""Tasks as JSON in the API's responses."""

from typing import Any

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task

# Fields that a summary leaves out. A null in a payload or a result is the client's and must stay, while other
# fields that a task does not have are omitted.
_APART = {"payload", "result", "history"}
# A callback URL may contain a secret, which a list of many tasks need not show.
_NOT_LISTED = {*_APART, "callback"}


def summary(task: Task) -> dict[str, Any]:
    """Return a task as JSON without its payload, its result and its history."""
    shown: dict[str, Any] = task.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=_NOT_LISTED
    )
    return shown


def whole(task: Task) -> dict[str, Any]:
    """Return a task as JSON, without the fields that it does not have."""
    rest: dict[str, Any] = task.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=_APART - {"history"}
    )
    result = {"result": task.result} if task.status is Status.SUCCEEDED else {}
    return {**rest, "payload": task.payload, **result}
