"""Return of freed memory to the system when LocalStack rests.

The C library's heap has large pieces, such as the buffers of requests, between small ones that are kept. By
itself it returns only the free memory at its end, so a third of the heap, 14 MB, was free after 1,500 tasks.
malloc_trim returns the rest:
https://man7.org/linux/man-pages/man3/malloc_trim.3.html

Garbage is collected first: that rarely happens otherwise (`garbage_collection`), and some 3 MB are left after
work.

Memory is not returned during work, since getting the same memory again would take 5 % of the time.
"""

import ctypes
import gc
import time
from collections.abc import Callable

from sandbox.common.loop import Loop

LOOK_SECONDS = 2.0
"""Interval at which to check whether LocalStack rests."""

BUSY_SECONDS = 0.1
"""Processor time within LOOK_SECONDS from which LocalStack is at work."""

WORTH_SECONDS = 0.5
"""Processor time of the work that must precede a cleanup."""


def install() -> None:
    """Return memory after work, if the C library can, as glibc can. It takes about 3 ms."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:

        def clean() -> None:
            gc.collect(1)
            trim(0)

        Loop("freed-memory", LOOK_SECONDS, AfterWork(clean).look).start()


class AfterWork:
    """Calls a function once after each period of work. `clock` returns processor time in seconds."""

    def __init__(self, call: Callable[[], None], clock: Callable[[], float] = time.process_time) -> None:
        self._call = call
        self._clock = clock
        self._looked_at = self._called_at = clock()

    def look(self) -> None:
        """Call the function if LocalStack has worked since the last call, but not since the last look."""
        now = self._clock()
        if now - self._looked_at < BUSY_SECONDS and now - self._called_at >= WORTH_SECONDS:
            self._call()
            now = self._called_at = self._clock()
        self._looked_at = now
