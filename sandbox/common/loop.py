"""A background thread that calls a function periodically."""

import threading
from collections.abc import Callable

from sandbox.common.log_and_continue import contained


class Loop:
    """A thread that calls `turn` every `seconds`, between `start` and `stop`. It can be restarted."""

    def __init__(self, name: str, seconds: float, turn: Callable[[], None]) -> None:
        self._name = name
        self._seconds = seconds
        self._turn = turn
        self._stopping: threading.Event | None = None

    def start(self) -> None:
        """Start the thread, unless it is running."""
        if self._stopping is None:
            self._stopping = threading.Event()
            threading.Thread(target=self._run, args=(self._stopping,), name=self._name, daemon=True).start()

    def stop(self) -> None:
        """Stop calling `turn`, without waiting for a call in progress."""
        if self._stopping:
            self._stopping.set()
            self._stopping = None

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.wait(self._seconds):
            with contained(self._name):
                self._turn()
