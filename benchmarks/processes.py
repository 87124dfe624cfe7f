"""Memory and CPU time of an emulator and all of its child processes."""

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
    """A process and its current descendants."""

    pid: int

    def memory_mb(self) -> float:
        """Return the sum of proportional set sizes, which count shared pages once, in MB.

        Where the system does not report them, return the sum of resident set sizes.
        """
        return sum(map(_bytes, self._members())) / MEGABYTE

    def own_memory_mb(self) -> float:
        """Return the memory of the first process alone, without its children, in MB."""
        return sum(map(_bytes, self._members()[:1])) / MEGABYTE

    def cpu_seconds(self) -> float:
        """Return the CPU time spent so far, including that of ended children."""
        return sum(map(_cpu_seconds, self._members()))

    @contextmanager
    def watched(self, every: float = 0.5) -> Iterator[Peak]:
        """Record the peak memory during the block, with a sample every `every` seconds."""
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
    except psutil.Error:  # It has ended in the meantime.
        return 0
    return int(getattr(memory, "pss", memory.rss))


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0
    return float(times.user + times.system + times.children_user + times.children_system)
