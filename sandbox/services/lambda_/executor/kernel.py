"""Memory and state of a process, from the kernel of Linux or macOS."""

import contextlib
import os
import signal
import sys
import threading
from typing import Protocol

import psutil

MEGABYTE = 1024 * 1024


class Kernel(Protocol):
    """The kernel's view of one process. A process that has ended has 0 bytes."""

    def resident_bytes(self) -> int:
        """Return the current resident set size."""

    def peak_bytes(self) -> int:
        """Return the peak resident set size, or the current one if the kernel does not record it."""

    def is_dying(self) -> bool:
        """Return whether a SIGKILL is pending; False if the kernel does not show it."""

    def close(self) -> None:
        """Release the kernel's resources. Idempotent."""


def kernel(pid: int) -> Kernel:
    """Return the kernel's view of a process that has not been waited for, so its id is not reused.

    Raises:
        OSError: No more files can be opened.
    """
    return _Linux(pid) if sys.platform == "linux" else _Other(pid)


class _Linux:
    """Files of /proc, kept open: they are read at each invocation, and opening them takes most of the time.

    https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html: field 2, in pages;
    https://man7.org/linux/man-pages/man5/proc_pid_status.5.html: VmHWM;
    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 9 and 31; of the flags 4 is PF_EXITING.
    """

    def __init__(self, pid: int) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, int] = {}
        with contextlib.suppress(FileNotFoundError):
            for name in ("statm", "status", "stat"):
                self._files[name] = os.open(f"/proc/{pid}/{name}", os.O_RDONLY)
        self._page = os.sysconf("SC_PAGE_SIZE")

    def resident_bytes(self) -> int:
        fields = self._read("statm").split()
        return int(fields[1]) * self._page if fields else 0

    def peak_bytes(self) -> int:
        _, found, rest = self._read("status").partition(b"VmHWM:")
        return int(rest.split(maxsplit=1)[0]) * 1024 if found else self.resident_bytes()

    def is_dying(self) -> bool:
        fields = self._read("stat").rpartition(b")")[2].split()
        if not fields:
            return False
        flags, pending = int(fields[9 - 3]), int(fields[31 - 3])
        return bool(flags & 4 or pending & 1 << (signal.SIGKILL - 1))

    def close(self) -> None:
        with self._lock:
            while self._files:
                os.close(self._files.popitem()[1])

    def _read(self, name: str) -> bytes:
        with self._lock:  # a closed descriptor may be another file's
            if name not in self._files:
                return b""
            try:
                return os.pread(self._files[name], 8192, 0)
            except ProcessLookupError:
                return b""


class _Other:
    def __init__(self, pid: int) -> None:
        self._pid = pid

    def resident_bytes(self) -> int:
        try:
            return int(psutil.Process(self._pid).memory_info().rss)
        except psutil.Error:
            return 0

    def peak_bytes(self) -> int:
        return self.resident_bytes()

    def is_dying(self) -> bool:
        return False

    def close(self) -> None:
        pass
