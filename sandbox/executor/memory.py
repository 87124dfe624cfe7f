"""How much memory a process has resident, on Linux and macOS."""

import contextlib
import resource
import sys
from pathlib import Path

import psutil

MEGABYTE = 1024 * 1024


def resident_bytes(pid: int) -> int:
    """The resident set of the process now; 0 if it is gone.

    It is read many times a second for each invocation, and psutil looks a process up anew each time.
    Second field, in pages: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
    """
    if sys.platform == "linux":
        try:
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * resource.getpagesize()
        except OSError:
            return 0
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def peak_bytes(pid: int) -> int:
    """The largest resident set the process ever had, where the kernel keeps it (Linux);
    elsewhere that of now.

    VmHWM: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    return resident_bytes(pid)
