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
from tests.eventually import eventually


def timed_take(concurrency: Concurrency) -> float:
    """Take a slot and return the wait for it in seconds."""
    before = time.monotonic()
    assert concurrency.take()
    return time.monotonic() - before


def test_growth() -> None:
    """The first slots are available at once, and each further one after a delay."""
    concurrency = Concurrency(10, lambda: False)
    assert sum(timed_take(concurrency) for _ in range(FIRST)) < GROWTH_SECONDS
    assert timed_take(concurrency) + timed_take(concurrency) > GROWTH_SECONDS


def test_slow_growth_of_busy_processors() -> None:
    """Concurrency grows more slowly while the processors are busy."""
    concurrency = Concurrency(10, lambda: True)
    assert sum(timed_take(concurrency) for _ in range(FIRST + 1)) > BUSY_GROWTH_SECONDS - GROWTH_SECONDS


def test_reduction() -> None:
    """A slot that is freed after an error is not available at once."""
    concurrency = Concurrency(2, lambda: False)
    for _ in range(2):
        concurrency.take()
    concurrency.reduce()
    concurrency.free()
    assert timed_take(concurrency) > GROWTH_SECONDS / 2


def test_close_ends_waiting() -> None:
    """Closing ends a wait for a slot without granting one."""
    concurrency = Concurrency(1, lambda: False)
    concurrency.take()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(concurrency.take()), daemon=True)
    waiting.start()
    concurrency.close()
    waiting.join(5)
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
