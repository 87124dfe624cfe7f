"""What an emulator takes of the machine: it and all the processes that it started."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

MEGABYTE = 1_000_000


@dataclass
class Peak:
    """The largest memory found so far, in MB."""

    megabytes: float = 0


@dataclass(frozen=True)
class ProcessTree:
    """A process and its descendants, as they are when asked."""

    pid: int

    def memory_mb(self) -> float:
        """Proportional set sizes, which count a shared page once; resident sizes where there are none."""
        return sum(map(_bytes, self._members())) / MEGABYTE

    def cpu_seconds(self) -> float:
        """CPU time spent so far; that of a process that has ended is in its parent's."""
        return sum(map(_cpu_seconds, self._members()))

    @contextmanager
    def watched(self, every: float = 0.5) -> Iterator[Peak]:
        """Look at the memory each `every` seconds during the block."""
        peak, over = Peak(), threading.Event()

        def watch() -> None:
            while not over.wait(every):
                peak.megabytes = max(peak.megabytes, self.memory_mb())

        peak.megabytes = self.memory_mb()
        watcher = threading.Thread(target=watch, name="memory-watcher", daemon=True)
        watcher.start()
        try:
            yield peak
        finally:
            over.set()
            watcher.join()

    def _members(self) -> list[psutil.Process]:
        try:
            leader = psutil.Process(self.pid)
            return [leader, *leader.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.Error:  # it ended meanwhile
        return 0
    return int(getattr(memory, "pss", memory.rss))


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0
    return float(times.user + times.system + times.children_user + times.children_system)
