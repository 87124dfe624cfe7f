"""A time limit for code that runs in the main thread, as a function's handler does.

The code is interrupted wherever it is, by a signal handler that raises:
https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

_AGAIN_SECONDS = 1.0
"""Interval at which code that catches everything is interrupted again."""


class TimeLimitReached(BaseException):
    """The time is up. Not an Exception, so that code which catches all of those does not go on."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block if it takes longer; outside the main thread there is no limit.

    A library that computes without returning to Python is interrupted when it returns.

    Raises:
        TimeLimitReached: Raised from the point that the block has reached.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise TimeLimitReached(f"stopped after {seconds:g} s")

    began = monotonic()
    handler_before = signal.signal(signal.SIGALRM, interrupt)
    left_before, _ = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler_before)
        if left_before:
            signal.setitimer(signal.ITIMER_REAL, max(left_before - (monotonic() - began), 0.001))
