"""Waiting for a task to end."""

import math
import time
from collections.abc import Callable

from faultline.client.api import Answer, ApiClient
from lambdas.domain.lifecycle import Status

MAX_CALL_SECONDS = 25
"""The longest time that one call of the API waits."""

# Errors that may have passed when the call is repeated.
_PASSING = frozenset({429, 500, 502, 503, 504})
_PAUSE_SECONDS = 1.0


def wait_for_end(
    api: ApiClient,
    task_id: str,
    seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Wait until a task has ended.

    Args:
        api: The API.
        task_id: Of the task.
        seconds: How long to wait at most.
        clock: Returns seconds on a monotonic clock.
        sleep: Sleeps for some seconds.

    Returns:
        The last answer: the task, ended or as it is when the time is over; or an error.

    Raises:
        InvalidTaskId: If it is no id.
        ApiUnreachable: If the API does not answer.
    """
    deadline = clock() + seconds
    while True:
        left = max(0.0, deadline - clock())
        answer = api.task(task_id, wait_seconds=min(MAX_CALL_SECONDS, math.ceil(left)))
        if answer.ok and has_ended(answer):
            return answer
        if not left or not (answer.ok or answer.status in _PASSING):
            return answer
        if not answer.ok:
            sleep(min(_PAUSE_SECONDS, left))


def has_ended(answer: Answer) -> bool:
    """Return whether the task of an answer has ended."""
    return Status(answer.body["status"]).ended
