"""Outcomes of attempts and of tasks."""

from dataclasses import dataclass
from typing import Any

from lambdas.domain.errors import TaskError


@dataclass(frozen=True, kw_only=True)
class Succeeded:
    """Outcome of an attempt that succeeded; `result` has the form that clients read."""

    result: Any


@dataclass(frozen=True, kw_only=True)
class Retries:
    """Outcome of an attempt that failed and is retried after a nominal delay, without jitter."""

    after_seconds: int
    error: TaskError


@dataclass(frozen=True, kw_only=True)
class Dies:
    """Outcome of an attempt that failed and makes the task a dead letter."""

    error: TaskError


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """Outcome of an attempt that failed after a client had asked to cancel the task."""

    error: TaskError


type Outcome = Succeeded | Retries | Dies | Cancelled


@dataclass(frozen=True, kw_only=True)
class Ended:
    """All attempts at a task.

    Attributes:
        attempts: Outcome of each attempt.
        seconds: Total nominal delay between the attempts, which the test did not wait for.
    """

    attempts: tuple[Outcome, ...]
    seconds: int

    @property
    def outcome(self) -> Outcome:
        """Outcome of the last attempt."""
        return self.attempts[-1]
