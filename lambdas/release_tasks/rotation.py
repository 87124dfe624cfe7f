"""Order in which passes look at the circuits and kinds that tasks wait for."""

from bisect import bisect_right
from collections.abc import Iterable
from random import randrange


class Rotation:
    """Lets each pass begin where the previous one ended, and the first one anywhere.

    A pass is limited. If each began with the same circuit, the others would wait until it has no tasks left.
    """

    def __init__(self) -> None:
        self._last: str | None = None

    def order(self, keys: Iterable[str]) -> list[str]:
        """Return keys in the order in which a pass looks at them."""
        found = sorted(keys)
        if not found:
            return []
        begin = randrange(len(found)) if self._last is None else bisect_right(found, self._last)
        return [*found[begin:], *found[:begin]]

    def reached(self, key: str) -> None:
        """Record the key that a pass is looking at."""
        self._last = key
