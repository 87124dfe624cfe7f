"""Polling of a condition, with a deadline."""

import time
from collections.abc import Callable

DEADLINE_SECONDS = 180
"""Time for what takes a second or two on an idle machine. Only a failing test waits for so long."""

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.02, 0.15, 1.3


def eventually[T](
    probe: Callable[[], T | None],
    within: float = DEADLINE_SECONDS,
    *,
    what: str = "",
    every: float | None = None,
) -> T:
    """Call `probe` until it returns a true value, and return that value.

    Args:
        probe: The function to poll.
        within: Seconds after which to give up.
        what: The condition, for the error.
        every: Seconds between two calls. By default 0.02, growing to 0.15 to spare the sandbox.

    Raises:
        AssertionError: If `probe` returns no true value within that time.
    """
    deadline = time.monotonic() + within
    pause = every or _FIRST_PAUSE
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"after {within:g} s still not: {what or probe}"
        time.sleep(pause)
        if every is None:
            pause = min(_LONGEST_PAUSE, pause * _GROWTH)
    return answer
