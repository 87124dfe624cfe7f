"""The number of concurrent invocations of a mapping.

AWS starts with five, adds up to 300 a minute while messages are waiting, and never exceeds
MaximumConcurrency: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
Here the number starts at two, the lowest MaximumConcurrency.
The number falls gradually after errors of the function and after throttling:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
AWS does not document how fast. Here it is halved, and grows again as before, so a function that always fails
is soon invoked one at a time.

On AWS every invocation has its own processors; here all share the machine's, and LocalStack. While these are
busy, more concurrent invocations finish no sooner, and each may take longer than the visibility timeout, so
the number grows ten times more slowly, and messages are gathered for fewer invocations. An invocation that
waits or hangs does not keep a processor busy.
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

BUSY_INTERPRETER_SHARE = 0.7
"""Share of one processor's time from which LocalStack is busy, since one thread at a time runs Python."""


class Concurrency:
    """Slots for invocations, up to `most`. Thread-safe."""

    def __init__(self, most: int, is_load_high: Callable[[], bool]) -> None:
        self._most = most
        self._is_load_high = is_load_high
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

    @property
    def allowed(self) -> int:
        """The number of slots at present."""
        return self._allowed

    @property
    def is_crowded(self) -> bool:
        """Whether other invocations run and the load is high, so that another one would only delay them."""
        return self._running > 1 and self._is_load_high()

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
        return unchanged >= BUSY_GROWTH_SECONDS or (unchanged >= GROWTH_SECONDS and not self._is_load_high())

    def _set_allowed(self, allowed: int) -> None:
        self._allowed = allowed
        self._changed_at = time.monotonic()


class Load:
    """The load of the machine and of LocalStack, measured over GROWTH_SECONDS or more."""

    def __init__(self) -> None:
        self._before = _Times()
        self._busy = False

    def is_high(self) -> bool:
        """Return whether the processors or LocalStack were busy between the latest two measurements."""
        if time.monotonic() - self._before.at >= GROWTH_SECONDS:
            before, self._before = self._before, _Times()
            self._busy = self._before.busy_since(before)
        return self._busy


class _Times:
    def __init__(self) -> None:
        self.at = time.monotonic()
        self.own = time.process_time()
        self.all = psutil.cpu_times()

    def busy_since(self, before: "_Times") -> bool:
        total = sum(self.all) - sum(before.all)
        idle = self.all.idle - before.all.idle
        own = (self.own - before.own) / (self.at - before.at)
        return own > BUSY_INTERPRETER_SHARE or (total > 0 and 1 - idle / total > BUSY_SHARE)
