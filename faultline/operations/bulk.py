"""Bulk redrives and cancellations, as a series of calls that continue where the previous ones ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable
from faultline.client.retries import Outcome, retry_after
from faultline.operations.errors import OperationFailed, Unanswered

BATCH_SIZE = 100
"""Maximum number of tasks to change in one call."""
MAX_TRIES = 5
"""Maximum number of attempts at a call that gets no response or a temporary error."""
PAUSE_SECONDS = 2.0
"""Pause in seconds before a call is retried, unless the response has a Retry-After."""
MAX_PAUSE_SECONDS = 30.0
"""Longest Retry-After in seconds that is waited for; the series ends at a longer one, as of a daily quota."""

NO_ANSWER = frozenset({502, 504})
"""Statuses by which a gateway says that it has no answer to a call, which may have been performed."""

PERHAPS_DONE = NO_ANSWER | {503}
"""Statuses of a call that may have been performed, at least in part.

503 is one of them: a function that ended without an answer, or one whose AWS service failed midway."""

_NOT_NOW = PERHAPS_DONE | {429}

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
        perhaps: Maximum number of further tasks that count towards the limit if the last call, which ended
            without a response, was performed.
    """

    filter: dict[str, Any]
    done: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    more: bool = True
    perhaps: int = 0


def preview(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Make a dry run, and return its response, `{matched, more, filter, sample}`.

    Raises:
        OperationFailed: If the call fails.
        ApiUnreachable: If the API does not respond.
    """
    found: dict[str, Any] = _answered(call, {**request, "dryRun": True}, Event()).body
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

    With a `limit`, a call that may have been performed is not sent again: it would change other tasks, and so
    exceed the limit. Without one, it would only change the tasks that are left.

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
    stop = stop or Event()
    token: dict[str, str] = {}
    while progress.more and (limit is None or progress.done < limit) and not stop.is_set():
        batch = BATCH_SIZE if limit is None else min(BATCH_SIZE, limit - progress.done)
        whole = {**request, "filter": progress.filter, "limit": batch, **token}
        try:
            body = _answered(call, whole, stop, is_limited=limit is not None).body
        except (ApiUnreachable, Unanswered, KeyboardInterrupt) as error:
            if limit is not None and not (isinstance(error, ApiUnreachable) and not error.sent):
                progress.perhaps = batch
            raise
        progress.done += body["done"]
        progress.failed += body["failed"]
        progress.more = body["more"]
        tell(progress)
        token = {"nextToken": body["nextToken"]} if "nextToken" in body else {}
        if progress.more and body["done"]:
            stop.wait(pause_seconds)


def _answered(call: Call, request: dict[str, Any], stop: Event, *, is_limited: bool = False) -> Answer:
    """Make a call, up to MAX_TRIES times while it may be repeated and `stop` is not set.

    Args:
        call: Function that makes the call.
        request: Body of the request.
        stop: Event after which the call is not repeated.
        is_limited: Whether a call that may have been performed must not be repeated.
    """
    outcome = _outcome(call, request)
    for _ in range(MAX_TRIES - 1):
        pause = _pause(outcome, is_limited=is_limited)
        if pause is None or stop.wait(pause):
            break
        outcome = _outcome(call, request)
    if isinstance(outcome, ApiUnreachable):
        raise outcome
    if outcome.ok:
        return outcome
    seconds = retry_after(outcome) or 0.0
    again = f" (try again in {seconds:,.0f} s)" if seconds > MAX_PAUSE_SECONDS else ""
    raise (Unanswered if outcome.status in PERHAPS_DONE else OperationFailed)(f"{outcome.problem()}{again}")


def _outcome(call: Call, request: dict[str, Any]) -> Outcome:
    try:
        return call(request)
    except ApiUnreachable as error:
        return error


def _pause(outcome: Outcome, *, is_limited: bool) -> float | None:
    """Return the pause in seconds before a call is repeated; None if it has succeeded or must not be."""
    if isinstance(outcome, ApiUnreachable):
        return None if (is_limited and outcome.sent) or not outcome.may_pass else PAUSE_SECONDS
    if outcome.status not in _NOT_NOW or (is_limited and outcome.status in PERHAPS_DONE):
        return None
    wanted = retry_after(outcome)
    if wanted is None:
        return PAUSE_SECONDS
    return wanted if wanted <= MAX_PAUSE_SECONDS else None
