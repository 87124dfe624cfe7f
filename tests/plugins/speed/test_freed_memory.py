"""Return of freed memory to the system."""

import subprocess
import sys

import pytest

from sandbox.speed.freed_memory import BUSY_SECONDS, WORTH_SECONDS, Return

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
freed_memory.BUSY_SECONDS = 0
freed_memory.install()
while megabytes() > before - 40:
    pass
"""
"""Frees 60 MB between pieces that it keeps, and ends once most of it has been returned."""


def test_memory_between_kept_pieces_is_returned() -> None:
    done = subprocess.run((sys.executable, "-c", HOLES), timeout=60, capture_output=True, text=True)
    assert done.returncode == 0 or done.stderr == "skip\n", done.stderr


class Memory:
    """The return of memory, with a clock. `did` has what was done since the last look."""

    def __init__(self) -> None:
        self.spent = 1.0
        self.did: list[str] = []
        self._return = Return(
            lambda: self.did.append("trim"), lambda: self.did.append("collect"), lambda: self.spent
        )

    def after(self, seconds: float) -> list[str]:
        """Look after some processor time, and return what was done."""
        self.did.clear()
        self.spent += seconds
        self._return.look()
        return self.did


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_memory_is_returned_during_work(memory: Memory) -> None:
    assert memory.after(BUSY_SECONDS) == ["trim"]
    assert memory.after(WORTH_SECONDS) == ["trim"]


def test_garbage_is_collected_once_after_work(memory: Memory) -> None:
    assert memory.after(WORTH_SECONDS) == ["trim"]
    assert memory.after(BUSY_SECONDS / 2) == ["collect", "trim"]
    assert memory.after(BUSY_SECONDS / 2) == []


def test_nothing_is_done_without_work(memory: Memory) -> None:
    assert memory.after(0) == []
    assert memory.after(BUSY_SECONDS / 2) == []
