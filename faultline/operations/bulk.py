"""Bulk redrives and cancellations, as a series of calls that continue where the previous ones ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable
from faultline.operations.errors import OperationFailed, Unanswered

BATCH_SIZE = 100
"""Maximum number of tasks to change in one call."""
MAX_TRIES = 5
"""Maximum number of attempts at a call that gets no response or a temporary error."""
PAUSE_SECONDS = 2.0
"""Pause in seconds before a call is retried, unless the response has a Retry-After."""

NO_ANSWER = frozenset({502, 504})
"""Statuses by which a gateway says that it has no answer to a call, which may have been performed."""

_NOT_NOW = NO_ANSWER | {429, 503}

type Call = Callable[[dict[str, Any]], Answer]
"""Function that makes a bulk call, such as `ApiClient.redrive_many`."""


@dataclass(kw_only=True)
class Progress:
    """Progress of a bulk operation over its calls.

    Attributes:
        filter: The filter, including the time limit set by the first call.
        done: Number of tasks that were changed.
        failed: Tasks that could not be changed, as `{taskId, problem}`.
        more: Whether some tasks have not been examined yet.
    """

    filter: dict[str, Any]
    done: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    more: bool = True


def preview(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Make a dry run, and return its response, `{matched, more, filter, sample}`.

    Raises:
        OperationFailed: If the call fails.
        ApiUnreachable: If the API does not respond.
    """
    found: dict[str, Any] = _answered(call, {**request, "dryRun": True}, None).body
    return found


def repeat(
    call: Call,
    request: dict[str, Any],
    progress: Progress,
    *,
    limit: int | None,
    pause_seconds: float,
    tell: Callable[[Progress], None],
    stop: Event | None = None,
) -> None:
    """Repeat a bulk call until no tasks are left, `limit` tasks have been changed, or `stop` is set.

    Args:
        call: Function that makes the call.
        request: Body of the request, without the filter, which is in `progress`.
        progress: Progress, updated after each call, and so valid even if a later call fails.
        limit: Maximum number of tasks to change; None for no limit.
        pause_seconds: Pause between two calls that changed tasks.
        tell: Function to call after each call.
        stop: Event after which no further call is made, and no pause is continued.

    Raises:
        OperationFailed: If a call fails.
        ApiUnreachable: If the API does not respond.
    """
    token: dict[str, str] = {}
    while progress.more and (limit is None or progress.done < limit) and not _is_set(stop):
        batch = BATCH_SIZE if limit is None else min(BATCH_SIZE, limit - progress.done)
        body = _answered(call, {**request, "filter": progress.filter, "limit": batch, **token}, stop).body
        progress.done += body["done"]
        progress.failed += body["failed"]
        progress.more = body["more"]
        tell(progress)
        token = {"nextToken": body["nextToken"]} if "nextToken" in body else {}
        if progress.more and body["done"]:
            _pause(pause_seconds, stop)


def _is_set(stop: Event | None) -> bool:
    return stop is not None and stop.is_set()


def _pause(seconds: float, stop: Event | None) -> None:
    if stop is None:
        time.sleep(seconds)
    else:
        stop.wait(seconds)


def _answered(call: Call, request: dict[str, Any], stop: Event | None) -> Answer:
    """Make a call, up to MAX_TRIES times while it gets no response or a temporary error."""
    for _ in range(MAX_TRIES - 1):
        pause = PAUSE_SECONDS
        try:
            answer = call(request)
        except ApiUnreachable:
            _pause(pause, stop)
            if _is_set(stop):
                raise
            continue
        if answer.ok:
            return answer
        if answer.status not in _NOT_NOW:
            break
        named = answer.headers.get("Retry-After", "")
        _pause(float(named) if named.isdigit() else pause, stop)
        if _is_set(stop):
            break
    else:
        answer = call(request)
    if not answer.ok:
        raise (Unanswered if answer.status in NO_ANSWER else OperationFailed)(answer.problem())
    return answer
