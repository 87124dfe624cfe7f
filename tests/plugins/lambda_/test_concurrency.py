"""Growth and reduction of the number of concurrent invocations; the rates are our own, AWS publishes none."""

import threading
import time

from sandbox.services.lambda_.event_source_mapping.concurrency import (
    BUSY_GROWTH_SECONDS,
    FIRST,
    GROWTH_SECONDS,
    Concurrency,
)


def timed_take(concurrency: Concurrency) -> float:
    """Take a slot; return the seconds that it took."""
    before = time.monotonic()
    assert concurrency.take()
    return time.monotonic() - before


def test_growth() -> None:
    """The first two slots are free at once, and each further one after a while."""
    concurrency = Concurrency(10, lambda: False)
    assert sum(timed_take(concurrency) for _ in range(FIRST)) < GROWTH_SECONDS
    assert timed_take(concurrency) + timed_take(concurrency) > GROWTH_SECONDS


def test_slow_growth_of_busy_processors() -> None:
    """While the processors are busy, a further slot takes ten times as long."""
    concurrency = Concurrency(10, lambda: True)
    assert sum(timed_take(concurrency) for _ in range(FIRST + 1)) > BUSY_GROWTH_SECONDS - GROWTH_SECONDS


def test_reduction() -> None:
    """After an error, a released slot is not free at once."""
    concurrency = Concurrency(2, lambda: False)
    for _ in range(2):
        concurrency.take()
    concurrency.reduce()
    concurrency.free()
    assert timed_take(concurrency) > GROWTH_SECONDS / 2


def test_close_ends_waiting() -> None:
    """Closing ends all waits for a slot without granting one."""
    concurrency = Concurrency(1, lambda: False)
    concurrency.take()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(concurrency.take()), daemon=True)
    waiting.start()
    concurrency.close()
    waiting.join(5)
    assert answers == [False]
