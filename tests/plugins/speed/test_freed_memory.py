"""Return of freed memory to the system."""

import subprocess
import sys

import pytest

from sandbox.speed.freed_memory import BUSY_SECONDS, WORTH_SECONDS, AfterWork

HOLES = """
import ctypes, re, sys
from pathlib import Path
from sandbox.speed import freed_memory

if not hasattr(ctypes.CDLL(None), "malloc_trim"):
    sys.exit("skip")

def megabytes():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1000

pieces = [b"." * (60_000 if n % 2 else 600) for n in range(2_000)]
del pieces[1::2]
before = megabytes()
freed_memory.LOOK_SECONDS = 0.01
freed_memory.BUSY_SECONDS = 60
freed_memory.WORTH_SECONDS = 0
freed_memory.install()
while megabytes() > before - 40:
    pass
"""
"""Frees 60 MB between pieces that it keeps, and ends once most of it has been returned."""


def test_memory_between_kept_pieces_is_returned() -> None:
    done = subprocess.run((sys.executable, "-c", HOLES), timeout=60, capture_output=True, text=True)
    assert done.returncode == 0 or done.stderr == "skip\n", done.stderr


class Work:
    """Work of a given length, and what is called after it."""

    def __init__(self) -> None:
        self.spent = 1.0
        self.calls = 0
        self._after_work = AfterWork(self._call, lambda: self.spent)

    def _call(self) -> None:
        self.calls += 1

    def calls_after(self, seconds: float) -> int:
        """Look after some processor time, and return the number of calls."""
        self.calls = 0
        self.spent += seconds
        self._after_work.look()
        return self.calls


@pytest.fixture
def work() -> Work:
    return Work()


def test_nothing_is_called_during_work(work: Work) -> None:
    assert not work.calls_after(WORTH_SECONDS)
    assert not work.calls_after(BUSY_SECONDS)


def test_it_is_called_once_after_work(work: Work) -> None:
    assert not work.calls_after(WORTH_SECONDS)
    assert work.calls_after(BUSY_SECONDS / 2) == 1
    assert not work.calls_after(BUSY_SECONDS / 2)


def test_nothing_is_called_without_work(work: Work) -> None:
    assert not work.calls_after(0)
    assert not work.calls_after(BUSY_SECONDS / 2)
