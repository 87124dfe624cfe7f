"""Readings of the stage: a cache that all tabs of the browser share, and several readings at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

_KEPT_SECONDS = 120.0
_TIMES_LONGER = 3.0


@dataclass(frozen=True)
class _Reading:
    """A reading that is in progress or complete.

    Attributes:
        began: Time at which it began, by the clock of the readings.
        task: Task that returns the value.
        ended: Time at which it ended; empty while it is in progress.
    """

    began: float
    task: asyncio.Task[Any]
    ended: list[float] = field(default_factory=list)

    def is_good(self, at: float, max_age: float) -> bool:
        """Return whether the reading can be shared: while it is in progress, and for some time afterwards.

        A slow reading can be shared for longer, so that a stage with much to count is not read all the time.
        """
        if not self.ended:
            return True
        return at - self.began < max(max_age, _TIMES_LONGER * (self.ended[0] - self.began))


@dataclass
class Readings:
    """Cache with the newest reading of each name.

    Attributes:
        clock: Function that returns the time in seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _newest: dict[Hashable, _Reading] = field(default_factory=dict)

    async def read[T](self, name: Hashable, ask: Callable[[], Awaitable[T]], *, max_age: float) -> T:
        """Return the newest reading if it is recent enough or in progress; otherwise make one.

        Failed readings are not kept. The values are shared, so callers must not change them.

        Args:
            name: Name of the reading.
            ask: Function that makes the reading.
            max_age: Maximum age in seconds; 0 to make a new reading in any case.

        Raises:
            Exception: Any exception raised by `ask`.
        """
        newest = self._newest.get(name)
        if newest is None or max_age <= 0 or not newest.is_good(self.clock(), max_age):
            newest = self._begin(name, ask)
        # The reading continues if the tab that started it is closed, since others may wait for it.
        result: T = await asyncio.shield(newest.task)
        return result

    def forget(self) -> None:
        """Discard all readings, since the stage may have changed."""
        self._newest.clear()

    def _age(self, reading: _Reading) -> float:
        return self.clock() - reading.began

    def _begin[T](self, name: Hashable, ask: Callable[[], Awaitable[T]]) -> _Reading:
        async def asking() -> T:
            return await ask()

        self._newest = {each: kept for each, kept in self._newest.items() if self._age(kept) < _KEPT_SECONDS}
        reading = self._newest[name] = _Reading(self.clock(), asyncio.create_task(asking()))
        reading.task.add_done_callback(lambda _: reading.ended.append(self.clock()))
        reading.task.add_done_callback(lambda task: self._drop_failed(name, task))
        return reading

    def _drop_failed(self, name: Hashable, task: asyncio.Task[Any]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed and name in self._newest and self._newest[name].task is task:
            del self._newest[name]


async def read_all[T](*readings: Awaitable[T]) -> list[T]:
    """Return the results of readings made at the same time, in their order.

    All of them end before this does. One that outlasted the others would otherwise show older data after
    the screen's next refresh.

    Raises:
        Exception: The error of the first reading in the order given that failed, so that an outage, in which
            they fail in any order, is described in the same way each time.
    """
    results = await asyncio.gather(*readings, return_exceptions=True)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    return [each for each in results if not isinstance(each, BaseException)]
