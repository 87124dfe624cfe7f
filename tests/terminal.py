"""A process in a pseudo-terminal, with the output that a user's terminal would get."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from tests.eventually import DEADLINE_SECONDS, eventually

CTRL_C, CTRL_D = b"\x03", b"\x04"
_ROWS, _COLUMNS = 40, 120


class Process(Protocol):
    """A process of `subprocess`, or one that another process has forked."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


@dataclass
class Terminal:
    """A pseudo-terminal and its process.

    Attributes:
        shown: All output so far, with its control sequences.
    """

    process: Process
    _keyboard: int
    shown: bytes = b""

    def press(self, keys: bytes) -> None:
        """Type keys; the terminal turns Ctrl-C into a signal, and Ctrl-D into the end of the input."""
        os.write(self._keyboard, keys)

    def wait_for(self, text: bytes, within: float = DEADLINE_SECONDS) -> None:
        """Read until a text has appeared; fail if the process or `within` seconds end first."""
        deadline = time.monotonic() + within
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} has not appeared in {self.shown[-3000:]!r}"
            assert self._read(), f"it ended without {text!r}: {self.shown[-3000:]!r}"

    def wait_for_rest(self) -> None:
        """Wait until the process sleeps, as it does while it reads a key.

        Python, interrupted just before such a read, would notice it only after the next key.
        """
        process = psutil.Process(self.process.pid)
        eventually(lambda: process.status() == psutil.STATUS_SLEEPING, what="it sleeps", every=0.01)

    def status(self, within: float = DEADLINE_SECONDS) -> int:
        """Read until the process has ended, and return its exit status."""
        deadline = time.monotonic() + within
        while self._read():
            assert time.monotonic() < deadline, f"it has not ended: {self.shown[-3000:]!r}"
        return self.process.wait(timeout=max(deadline - time.monotonic(), 1))

    def _read(self) -> bool:
        """Read new output for up to 0.1 s; return whether there may be more."""
        ready, _, _ = select.select([self._keyboard], [], [], 0.1)
        if not ready:
            return True
        try:
            found = os.read(self._keyboard, 65_536)
        except OSError:  # Linux's EIO: no process has the terminal any more
            return False
        self.shown += found
        return bool(found)


@contextmanager
def terminal(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[Terminal]:
    """Run a command in a terminal until the end of the block."""

    def start(screen: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=screen,
            stdout=screen,
            stderr=screen,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is a signal
        )

    with opened(start) as started:
        yield started


@contextmanager
def opened(start: Callable[[int], Process]) -> Iterator[Terminal]:
    """Run a process in a terminal until the end of the block.

    Args:
        start: Starts it with the terminal of a given descriptor, which it must have opened on return.
    """
    keyboard, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    process = start(screen)
    os.close(screen)
    try:
        yield Terminal(process, keyboard)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(keyboard)
