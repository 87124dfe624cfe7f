"""Outcomes of attempts and of tasks."""

from dataclasses import dataclass
from typing import Any

from lambdas.domain.errors import TaskError


@dataclass(frozen=True, kw_only=True)
class Succeeded:
    """The attempt succeeded, with the result as a client reads it."""

    result: Any


@dataclass(frozen=True, kw_only=True)
class Retries:
    """The attempt failed, and the next one follows after its nominal delay, to which jitter is added."""

    after_seconds: int
    error: TaskError


@dataclass(frozen=True, kw_only=True)
class Dies:
    """The attempt failed, and the task becomes a dead letter."""

    error: TaskError


type Outcome = Succeeded | Retries | Dies


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A task from its first attempt to its last.

    Attributes:
        attempts: What each attempt came to.
        seconds: How long the task waited between its attempts, on a clock of its own.
    """

    attempts: tuple[Outcome, ...]
    seconds: int

    @property
    def outcome(self) -> Outcome:
        """The outcome of the last attempt."""
        return self.attempts[-1]
