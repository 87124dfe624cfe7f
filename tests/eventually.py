"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable


def eventually[T](
    probe: Callable[[], T | None], within: float = 15, *, what: str = "", every: float = 0.02
) -> T:
    """Return the first true answer of `probe`, which is called every `every` seconds.

    Raises AssertionError, which names `what` was waited for, after `within` seconds.
    """
    deadline = time.monotonic() + within
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"after {within:g} s still not: {what or probe}"
        time.sleep(every)
    return answer
