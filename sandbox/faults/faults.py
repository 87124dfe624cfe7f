"""Fault rules in memory, and the choice of faults for a call."""

import itertools
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.faults.rule import Rule


@dataclass(eq=False)
class Fault:
    """A rule and its number of hits. `removed` is set when the rule is removed."""

    id: str
    rule: Rule
    hits: int = 0
    removed: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        """Whether the rule has reached its maximum number of hits."""
        return self.rule.count is not None and self.hits >= self.rule.count

    def as_json(self) -> dict[str, Any]:
        """Return the rule as it was given, with `id` and `hits`."""
        return {"id": self.id, **self.rule.model_dump(by_alias=True, exclude_none=True), "hits": self.hits}


class Faults:
    """A collection of fault rules. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: tuple[Fault, ...] = ()
        self._random = random.Random()
        self._ids = itertools.count(1)

    def __bool__(self) -> bool:
        """Return whether there are any rules. Every request checks this, so no lock is taken."""
        return bool(self._faults)

    def replace(self, rules: Iterable[Rule], seed: int | None = None) -> list[Fault]:
        """Replace all rules, and restart the random sequence, with a random seed if `seed` is None."""
        with self._lock:
            for each in self._faults:
                each.removed.set()
            self._random = random.Random(seed)
            self._faults = tuple(Fault(str(next(self._ids)), rule) for rule in rules)
            return list(self._faults)

    def add(self, rule: Rule) -> Fault:
        """Add a rule."""
        with self._lock:
            fault = Fault(str(next(self._ids)), rule)
            self._faults += (fault,)
            return fault

    def remove(self, id: str) -> bool:
        """Remove a rule, and return whether there was one with that id."""
        with self._lock:
            found = [each for each in self._faults if each.id == id]
            for each in found:
                each.removed.set()
            self._faults = tuple(each for each in self._faults if each.id != id)
            return bool(found)

    def all(self) -> list[Fault]:
        """Return all rules in the order in which they were added, including those that have ended."""
        return list(self._faults)

    def hit(self, service: str, operation: str) -> list[Fault]:
        """Choose the faults to inject into a call, and count them: latencies, then at most one error.

        Rules are tried in order, each with its probability, up to the first error. Latencies before it add
        up.
        """
        met = list[Fault]()
        with self._lock:
            for each in self._faults:
                if each.ended or not each.rule.applies_to(service, operation):
                    continue
                if self._random.random() < each.rule.probability:
                    each.hits += 1
                    met.append(each)
                    if each.rule.error:
                        break
        return met


FAULTS = Faults()
"""The fault rules of this LocalStack process."""
