"""Return of freed memory to the system, and of garbage when LocalStack rests.

The C library's heap has large pieces, such as the buffers of requests, between small ones that are kept. By
itself it gives back only what is free at its end, so a third of it was free after 1,500 tasks: 14 MB.
https://man7.org/linux/man-pages/man3/malloc_trim.3.html

Garbage is rarely collected (`garbage_collection`). What is left after work, some 3 MB, is collected when no
request waits for it.
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
"""Processor time after which garbage is worth being collected."""


def install() -> None:
    """Return memory regularly, if the C library can: glibc has a function for it, which takes about 3 ms."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        Loop("freed-memory", LOOK_SECONDS, Return(lambda: trim(0), lambda: gc.collect(1)).look).start()


class Return:
    """The return of memory while LocalStack works, and the collection of garbage after it.

    Args:
        trim: Returns freed memory.
        collect: Frees garbage.
        clock: Returns the process's time of the processor in seconds.
    """

    def __init__(
        self,
        trim: Callable[[], object],
        collect: Callable[[], object],
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._trim = trim
        self._collect = collect
        self._clock = clock
        self._looked_at = self._collected_at = clock()

    def look(self) -> None:
        """Return memory if LocalStack has worked since the last look; collect garbage once it rests."""
        now = self._clock()
        works = now - self._looked_at >= BUSY_SECONDS
        rests_after_work = not works and now - self._collected_at >= WORTH_SECONDS
        if rests_after_work:
            self._collect()
        if works or rests_after_work:
            self._trim()
        self._looked_at = self._clock()
        if rests_after_work:
            self._collected_at = self._looked_at
