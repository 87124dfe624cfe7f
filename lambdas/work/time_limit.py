"""Time limit for code in the main thread, where the handlers of functions run.

The code is interrupted at any point by a signal handler that raises:
https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from types import FrameType

_AGAIN_SECONDS = 1.0
"""Seconds after which code that has caught the exception is interrupted again."""


class TimeLimitReached(BaseException):
    """The time limit was reached. It is a BaseException, so that `except Exception` does not catch it."""


@dataclass
class TimeLimit:
    """A time limit for a block of code.

    Attributes:
        seconds: Seconds that the block may take.
        reached: The exception that interrupted the block last; None if the block was not interrupted. It need
            not leave the block: asyncio catches what its tasks raise.
    """

    seconds: float
    reached: TimeLimitReached | None = None

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Context manager that interrupts the block after the time; outside the main thread it has no effect.

        Native code is interrupted only when it returns to Python.

        Raises:
            TimeLimitReached: Raised at the point that the block has reached.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        began = monotonic()
        handler_before = signal.signal(signal.SIGALRM, self._interrupt)
        left_before, _ = signal.setitimer(signal.ITIMER_REAL, self.seconds, _AGAIN_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, handler_before)
            if left_before:
                signal.setitimer(signal.ITIMER_REAL, max(left_before - (monotonic() - began), 0.001))

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self.reached = TimeLimitReached(f"stopped after {self.seconds:g} s")
        raise self.reached
