"""A process that briefly outlives LocalStack, to kill the remaining function processes.

The kernel's parent-death signal (see bootstrap.py) exists on Linux only and does not reach processes that a
function started itself. The guardian reads from a pipe. When LocalStack ends for any reason, the pipe ends,
and the guardian kills the registered process groups and removes their files.
"""

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path


def guardian() -> "Guardian":
    """Return this LocalStack's guardian; the first call starts it."""
    with _STARTING:
        return _guardian()


class Guardian:
    """LocalStack's side of the guardian, which deletes the folder `scratch` at the end. Thread-safe."""

    def __init__(self) -> None:
        """Start the process."""
        self.scratch = Path(tempfile.mkdtemp(prefix="faultline-functions-"))
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603
            (sys.executable, "-I", "-S", __file__, self.scratch),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            start_new_session=True,  # a signal to LocalStack's group must not reach it
        )

    def watch(self, group: int) -> None:
        """Register a process group to be killed when LocalStack ends."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Forget a process group that has ended, since its number may be reused."""
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        with self._lock, contextlib.suppress(OSError):
            if pipe:
                pipe.write(line.encode())
                pipe.flush()


_STARTING = threading.Lock()
_guardian = functools.cache(Guardian)


def _guard(scratch: str) -> None:
    groups = set[int]()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _guard(sys.argv[1])
