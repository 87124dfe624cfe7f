"""Tasks as the API's answers have them."""

from typing import Any

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task

# What a summary leaves out. A null in a payload or a result is the client's and must stay, while other fields
# that a task does not have are left out.
_APART = {"payload", "result", "history"}
# An address may have a secret in it, which a list of many tasks does not need to show.
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
