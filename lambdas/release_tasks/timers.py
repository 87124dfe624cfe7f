"""Runner of due timers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.timers import Timer, Timers
from lambdas.telemetry.logs import logger

# Delay of an unknown timer, set by a later version of the code, so that it does not block the others.
UNKNOWN_AGAIN = timedelta(minutes=1)

type Handler = Callable[[str], datetime | None]
"""Handler of one type of timer: takes the id, and returns when to run again, or None if it is done.

It may be called repeatedly or early, since the index is eventually consistent and the function may crash.
"""


@dataclass(frozen=True, kw_only=True)
class TimerRunner:
    """Runs due timers, and deletes or postpones them afterwards.

    Attributes:
        timers: Timers of the task table.
        handlers: Handlers by type of timer.
        now: Function that returns the current time.
    """

    timers: Timers
    handlers: Mapping[str, Handler]
    now: Callable[[], datetime]

    def fire(self, key: str) -> bool:
        """Run a due timer; a failure is logged, and the timer is kept.

        Args:
            key: Key of an item that is due according to index by-release.

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
        handle = self.handlers.get(timer.what)
        if handle is None:
            logger.warning("unknown timer", timer=timer.key)
            self.timers.postpone(timer, now + UNKNOWN_AGAIN)
        elif again := handle(timer.id):
            self.timers.postpone(timer, again)
        else:
            self.timers.delete(timer, before=now)
