"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable


def eventually[T](look: Callable[[], T | None], *, within: float, what: str, every: float = 0.1) -> T:
    """Call `look` until it returns something that is neither None nor False, and return that.

    Raises AssertionError when `within` seconds have passed.
    """
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"after {within:g} s still not: {what}")
        time.sleep(every)
