"""How many invocations a mapping runs at once.

Lambda developer guide, services-sqs-scaling: few while there is little traffic, as few as two; up to 300 more
a minute while messages are waiting; never more than MaximumConcurrency. The same guide,
services-sqs-errorhandling: gradually fewer after errors of the function and after throttling. AWS does not
say how fast; here the number is halved, and grows again as before, so that a function that always fails is
soon invoked one at a time.

On AWS every invocation has processors of its own, here they share the machine's. Where those are busy, more
invocations at once finish no sooner, and each takes longer, perhaps longer than the visibility timeout; so
then the number grows ten times as slowly. An invocation that waits or hangs makes no processor busy.
"""

import threading
import time
from collections.abc import Callable

import psutil

FIRST = 2
GROWTH_SECONDS = 60 / 300
BUSY_GROWTH_SECONDS = 10 * GROWTH_SECONDS

BUSY_SHARE = 0.9
"""The share of all processors' time that counts as busy."""


class Concurrency:
    """Slots for invocations, `most` at most: take one for each, free it when it has ended. Thread-safe."""

    def __init__(self, most: int, are_processors_busy: Callable[[], bool]) -> None:
        self._most = most
        self._are_processors_busy = are_processors_busy
        self._allowed = min(FIRST, most)
        self._running = 0
        self._closed = False
        self._changed_at = time.monotonic()
        self._condition = threading.Condition()

    def take(self) -> bool:
        """Wait for a slot and take it; False when closed."""
        with self._condition:
            while not self._closed and self._running >= self._allowed:
                if self._allowed == self._most:
                    self._condition.wait()
                elif self._may_grow():
                    self._set_allowed(self._allowed + 1)
                else:
                    self._condition.wait(GROWTH_SECONDS)
            self._running += not self._closed
            return not self._closed

    def free(self) -> None:
        with self._condition:
            self._running -= 1
            self._condition.notify_all()

    def reduce(self) -> None:
        """Allow half as many from now on, but one."""
        with self._condition:
            self._set_allowed(max(1, self._allowed // 2))

    def close(self) -> None:
        """Let nobody take a slot any more, nor wait for one."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def drain(self) -> None:
        """Wait until all slots are free."""
        with self._condition:
            self._condition.wait_for(lambda: not self._running)

    def _may_grow(self) -> bool:
        unchanged = time.monotonic() - self._changed_at
        return unchanged >= BUSY_GROWTH_SECONDS or (
            unchanged >= GROWTH_SECONDS and not self._are_processors_busy()
        )

    def _set_allowed(self, allowed: int) -> None:
        self._allowed = allowed
        self._changed_at = time.monotonic()


class Processors:
    """The machine's processors, as one who looks at them now and then sees them."""

    def __init__(self) -> None:
        self._before = psutil.cpu_times()

    def are_busy(self) -> bool:
        """Whether they were, since the last call."""
        before, self._before = self._before, psutil.cpu_times()
        total = sum(self._before) - sum(before)
        idle = self._before.idle - before.idle
        return total > 0 and 1 - idle / total > BUSY_SHARE
