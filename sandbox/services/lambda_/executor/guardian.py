"""A process that briefly outlives LocalStack, to kill the remaining function processes.

The kernel's parent-death signal (see bootstrap.py) exists on Linux only and does not reach processes that a
function started itself. The guardian reads from a pipe. When LocalStack ends for any reason, the pipe ends,
and the guardian kills the registered process groups and removes their files. It is a shell, since Python
would take 6 MB for as long as LocalStack runs.
"""

import contextlib
import functools
import os
import subprocess
import tempfile
import threading
from pathlib import Path

_GUARD = """
trap '' INT TERM
groups=' '
while read -r line; do
    group=${line#?}
    case $line in
        +*) groups="$groups$group " ;;
        *) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
    esac
done
for group in $groups; do
    kill -s KILL -- "-$group"
done
exec rm -rf -- "$1"
"""
"""The guardian's program for a POSIX shell, such as Debian's dash and macOS's bash 3.2; $1 is the folder."""


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
            ("/bin/sh", "-c", _GUARD, "guardian", self.scratch),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", os.defpath)},
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
