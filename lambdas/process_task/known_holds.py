"""Cache of holds in an execution environment."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.store.holds import NOTICED_WITHIN_SECONDS, Holds
from lambdas.store.waiting_keys import circuit_key, kind_key
from lambdas.telemetry.logs import logger


@dataclass(kw_only=True)
class KnownHolds:
    """Cache of the current holds' keys, refreshed when it is older than NOTICED_WITHIN_SECONDS.

    If the holds cannot be read, the previous ones stay in effect, so that an outage of the table stops no
    task.

    Attributes:
        holds: The holds of the stage.
        clock: Function that returns the seconds of the wall clock. A monotonic one may stand still while
            Lambda has frozen the environment between two invocations:
            https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """

    holds: Holds
    clock: Callable[[], float] = time.time
    _keys: frozenset[str] = field(default=frozenset(), init=False)
    _read_at: float | None = field(default=None, init=False)

    def is_paused(self, kind: str) -> bool:
        """Return whether a kind is paused."""
        return kind_key(kind) in self._current()

    def any_hold(self) -> bool:
        """Return whether any kind is paused, or any circuit held open by hand."""
        return bool(self._current())

    def opens(self, circuit: str) -> bool:
        """Return whether a circuit is held open by hand."""
        return circuit_key(circuit) in self._current()

    def _current(self) -> frozenset[str]:
        now = self.clock()
        if self._read_at is None or not 0 <= now - self._read_at < NOTICED_WITHIN_SECONDS:
            self._read_at = now
            try:
                self._keys = frozenset(self.holds.current())
            except (ClientError, BotoCoreError) as error:
                logger.warning("pauses not read", reason=str(error))
        return self._keys
