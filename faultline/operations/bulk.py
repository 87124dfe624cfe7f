"""Redrive or cancel many tasks, by calls that each go on where the last one ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable
from faultline.operations.errors import OperationFailed

BATCH_SIZE = 100
"""The most tasks that one call of the API changes."""
MAX_TRIES = 5
"""Attempts at a call that gets no answer, or a 503. Repeating a call does nothing twice."""
PAUSE_SECONDS = 2.0
"""The pause before a call is repeated, unless the answer names another one."""

_NOT_NOW = frozenset({429, 502, 503, 504})

type Call = Callable[[dict[str, Any]], Answer]
"""A call of the API, such as `ApiClient.redrive_many`."""


@dataclass(kw_only=True)
class Progress:
    """Progress of a bulk operation over its calls.

    Attributes:
        filter: The filter, with the time of the first call in it.
        done: The number of tasks that were changed.
        failed: `{taskId, problem}` of those that could not be.
        more: Whether tasks are left that were not looked at.
    """

    filter: dict[str, Any]
    done: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    more: bool = True


def preview(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Return what a request would find, `{matched, more, filter, sample}`; nothing is changed.

    Raises:
        OperationFailed: If the call fails.
        ApiUnreachable: If the API does not answer.
    """
    found: dict[str, Any] = _answered(call, {**request, "dryRun": True}).body
    return found


def repeat(
    call: Call,
    request: dict[str, Any],
    progress: Progress,
    *,
    limit: int | None,
    pause_seconds: float,
    tell: Callable[[Progress], None],
) -> None:
    """Repeat a request until no task is left, or `limit` are changed.

    Args:
        call: The call.
        request: The request without its filter, which `progress` has.
        progress: What is done is added to it, also if a later call fails.
        limit: The maximum number of tasks to change; no maximum when None.
        pause_seconds: The pause between two calls that changed tasks.
        tell: Is called after each call.

    Raises:
        OperationFailed: If a call fails.
        ApiUnreachable: If the API does not answer.
    """
    token: dict[str, str] = {}
    while progress.more and (limit is None or progress.done < limit):
        batch = BATCH_SIZE if limit is None else min(BATCH_SIZE, limit - progress.done)
        body = _answered(call, {**request, "filter": progress.filter, "limit": batch, **token}).body
        progress.done += body["done"]
        progress.failed += body["failed"]
        progress.more = body["more"]
        tell(progress)
        token = {"nextToken": body["nextToken"]} if "nextToken" in body else {}
        if progress.more and body["done"]:
            time.sleep(pause_seconds)


def _answered(call: Call, request: dict[str, Any]) -> Answer:
    """Make a call, and repeat it while it is unanswered or refused for now."""
    for _ in range(MAX_TRIES - 1):
        pause = PAUSE_SECONDS
        try:
            answer = call(request)
        except ApiUnreachable:
            time.sleep(pause)
            continue
        if answer.ok:
            return answer
        if answer.status not in _NOT_NOW:
            break
        named = answer.headers.get("Retry-After", "")
        time.sleep(float(named) if named.isdigit() else pause)
    else:
        answer = call(request)
    if not answer.ok:
        raise OperationFailed(answer.problem())
    return answer
