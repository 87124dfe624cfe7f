"""The number of concurrent invocations of a mapping.

AWS starts with five, adds up to 300 a minute while messages are waiting, and never exceeds
MaximumConcurrency: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
Here the number starts at two, the lowest MaximumConcurrency.
The number falls gradually after errors of the function and after throttling:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
AWS does not document how fast. Here it is halved, and grows again as before, so a function that always fails
is soon invoked one at a time.

On AWS every invocation has its own processors; here all share the machine's. While these are busy, more
concurrent invocations finish no sooner, and each may take longer than the visibility timeout, so the number
grows ten times more slowly. An invocation that waits or hangs does not keep a processor busy.
"""

import threading
import time
from collections.abc import Callable

import psutil

FIRST = 2
GROWTH_SECONDS = 60 / 300
BUSY_GROWTH_SECONDS = 10 * GROWTH_SECONDS

BUSY_SHARE = 0.9
"""Share of the processors' total time from which they count as busy."""


class Concurrency:
    """Slots for invocations, up to `most`. Thread-safe."""

    def __init__(self, most: int, are_processors_busy: Callable[[], bool]) -> None:
        self._most = most
        self._are_processors_busy = are_processors_busy
        self._allowed = min(FIRST, most)
        self._running = 0
        self._closed = False
        self._changed_at = time.monotonic()
        self._condition = threading.Condition()

    def take(self) -> bool:
        """Wait for a slot and take it; return False after `close`."""
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
        """Free a slot after its invocation has ended."""
        with self._condition:
            self._running -= 1
            self._condition.notify_all()

    def reduce(self) -> None:
        """Halve the number of slots, down to one."""
        with self._condition:
            self._set_allowed(max(1, self._allowed // 2))

    def close(self) -> None:
        """End all waits for a slot, and grant no more."""
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
    """The load of the machine's processors between calls of `are_busy`."""

    def __init__(self) -> None:
        self._before = psutil.cpu_times()

    def are_busy(self) -> bool:
        """Return whether the processors have been busy since the previous call."""
        before, self._before = self._before, psutil.cpu_times()
        total = sum(self._before) - sum(before)
        idle = self._before.idle - before.idle
        return total > 0 and 1 - idle / total > BUSY_SHARE
