"""Running of timers that are due, which are deleted afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.timers import Timer, Timers
from lambdas.telemetry.logs import logger

# A timer of unknown sort was set by later code. It must not hold up those behind it.
UNKNOWN_AGAIN = timedelta(minutes=1)

type Look = Callable[[str], datetime | None]
"""Handles a timer of one sort, given its id; returns when to look again, or None when it is done.

It may be called twice, and early: the index is eventually consistent, and the function may die right after.
"""


@dataclass(frozen=True, kw_only=True)
class TimerRunner:
    """Execution of timers.

    Attributes:
        timers: The timers of the task table.
        looks: The handler of each sort of timer.
        now: Returns the current time.
    """

    timers: Timers
    looks: Mapping[str, Look]
    now: Callable[[], datetime]

    def fire(self, key: str) -> bool:
        """Run a timer that is due; a failure is logged, and the timer stays.

        Args:
            key: Key of an item that index by-release shows as due.

        Returns:
            False if the item is not a timer.
        """
        timer = Timer.of_key(key)
        if timer is None:
            return False
        try:
            self._fire(timer)
        except (ClientError, BotoCoreError, TableOverloaded, ValueError) as error:
            logger.warning("timer failed", timer=key, reason=str(error))
        return True

    def _fire(self, timer: Timer) -> None:
        now = self.now()
        look = self.looks.get(timer.what)
        if look is None:
            logger.warning("timer of unknown sort", timer=timer.key)
            self.timers.postpone(timer, now + UNKNOWN_AGAIN)
        elif again := look(timer.id):
            self.timers.postpone(timer, again)
        else:
            self.timers.delete(timer, before=now)
