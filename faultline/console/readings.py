"""Readings of the stage, shared by all tabs, so that five tabs ask as often as one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

_KEPT_SECONDS = 120.0
_TIMES_LONGER = 3.0


@dataclass(frozen=True)
class _Reading:
    """A reading that has begun.

    Attributes:
        began: When, by the clock of the readings.
        task: What comes of it.
        ended: When it ended; empty while it is on its way.
    """

    began: float
    task: asyncio.Task[Any]
    ended: list[float] = field(default_factory=list)

    def is_good(self, at: float, max_age: float) -> bool:
        """Return whether it may be used: while it is on its way, and for some time afterwards.

        One that took long is good for longer, so that a stage with much to count is not asked all the time.
        """
        if not self.ended:
            return True
        return at - self.began < max(max_age, _TIMES_LONGER * (self.ended[0] - self.began))


@dataclass
class Readings:
    """The newest reading of each name.

    Attributes:
        clock: Returns the time in seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _newest: dict[Hashable, _Reading] = field(default_factory=dict)

    async def read[T](self, name: Hashable, ask: Callable[[], Awaitable[T]], *, max_age: float) -> T:
        """Return the newest reading if it is young enough or on its way, else a new one.

        Readings that fail are not kept. The values are shared: callers must not change them.

        Args:
            name: What is read.
            ask: Reads it.
            max_age: In seconds. With 0 the reading begins now, whatever is on its way.

        Raises:
            Exception: Whatever `ask` raises.
        """
        newest = self._newest.get(name)
        if newest is None or max_age <= 0 or not newest.is_good(self.clock(), max_age):
            newest = self._begin(name, ask)
        # The reading goes on when the tab that asked first is closed: others may wait for it.
        result: T = await asyncio.shield(newest.task)
        return result

    def forget(self) -> None:
        """Forget all readings, since something was changed after they began."""
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
