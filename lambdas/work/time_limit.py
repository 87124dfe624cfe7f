"""Time limit for code in the main thread, where the handlers of functions run.

The code is interrupted at any point by a signal handler that raises:
https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

_AGAIN_SECONDS = 1.0
"""Seconds after which code that has caught the exception is interrupted again."""


class TimeLimitReached(BaseException):
    """The time limit was reached. It is a BaseException, so that `except Exception` does not catch it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Context manager that interrupts the block after a time; outside the main thread it has no effect.

    Native code is interrupted only when it returns to Python.

    Raises:
        TimeLimitReached: Raised at the point that the block has reached.
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
