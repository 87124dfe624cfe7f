"""Return of freed memory to the system when LocalStack rests.

The C library's heap has large pieces, such as the buffers of requests, between small ones that are kept. By
itself it gives back only what is free at its end, so a third of it was free after 1,500 tasks: 14 MB.
https://man7.org/linux/man-pages/man3/malloc_trim.3.html

Garbage is rarely collected (`garbage_collection`), so some 3 MB are left after work. It is collected before.

Neither happens during work: the system would have to provide the same memory again, for 5 % of the time.
"""

import ctypes
import gc
import time
from collections.abc import Callable

from sandbox.common.loop import Loop

LOOK_SECONDS = 2.0
BUSY_SECONDS = 0.1
"""Processor time within LOOK_SECONDS from which LocalStack is at work."""

WORTH_SECONDS = 0.5
"""Processor time of the work after which the rest is worth cleaning up."""


def install() -> None:
    """Return memory after work, if the C library can: glibc has a function for it, which takes about 3 ms."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:

        def clean() -> None:
            gc.collect(1)
            trim(0)

        Loop("freed-memory", LOOK_SECONDS, AfterWork(clean).look).start()


class AfterWork:
    """Calls a function once after each period of work, by a clock of the processor's time in seconds."""

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
