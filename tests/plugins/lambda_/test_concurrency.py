"""Growth and reduction of concurrency, by a rate of our own where AWS documents none."""

import threading
import time

from sandbox.services.lambda_.event_source_mapping.concurrency import (
    BUSY_GROWTH_SECONDS,
    FIRST,
    GROWTH_SECONDS,
    Concurrency,
    Load,
)
from tests.eventually import DEADLINE_SECONDS, eventually


def take(concurrency: Concurrency, count: int) -> None:
    """Take slots, one after the other."""
    for _ in range(count):
        assert concurrency.take()


def test_growth() -> None:
    """Each slot after the first ones is available after a delay."""
    began = time.monotonic()
    concurrency = Concurrency(10, lambda: False)
    take(concurrency, FIRST + 2)
    assert time.monotonic() - began >= 2 * GROWTH_SECONDS


def test_slow_growth_of_busy_processors() -> None:
    """The first slots are available at once, and further ones slowly while the processors are busy."""
    began = time.monotonic()
    concurrency = Concurrency(10, lambda: True)
    take(concurrency, FIRST)
    assert time.monotonic() - began < BUSY_GROWTH_SECONDS
    take(concurrency, 1)
    assert time.monotonic() - began >= BUSY_GROWTH_SECONDS


def test_reduction() -> None:
    """A slot that is freed after an error is not available at once."""
    concurrency = Concurrency(2, lambda: False)
    take(concurrency, 2)
    began = time.monotonic()
    concurrency.reduce()
    concurrency.free()
    take(concurrency, 1)
    assert time.monotonic() - began >= GROWTH_SECONDS


def test_close_ends_waiting() -> None:
    """Closing ends a wait for a slot without granting one."""
    concurrency = Concurrency(1, lambda: False)
    concurrency.take()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(concurrency.take()), daemon=True)
    waiting.start()
    concurrency.close()
    waiting.join(DEADLINE_SECONDS)
    assert answers == [False]


def test_messages_are_gathered_only_under_load() -> None:
    """Another invocation need not start at once while others run and the load is high, and only then."""
    load = [False]
    concurrency = Concurrency(10, lambda: load[0])
    assert concurrency.take()
    assert concurrency.take()
    assert not concurrency.is_crowded
    load[0] = True
    assert concurrency.is_crowded
    concurrency.free()
    assert not concurrency.is_crowded


def test_the_load_is_high_while_python_is_busy() -> None:
    """A thread that never waits makes the load high: it is the one that runs, or the processors are busy."""
    load, ended = Load(), threading.Event()
    spinning = threading.Thread(target=lambda: [None for _ in iter(ended.is_set, True)], daemon=True)
    spinning.start()
    try:
        eventually(load.is_high)
    finally:
        ended.set()
        spinning.join()
