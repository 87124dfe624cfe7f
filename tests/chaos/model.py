"""A model of a task's state, derived from its events, and of the handles that functions hold."""

from dataclasses import dataclass
from datetime import datetime

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Live:
    """The running attempt, and the latest time at which it may still run."""

    claimant: str
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Model:
    """The expected state of a task. A handle is valid only if it has seen the current `version`."""

    status: Status
    generation: int = 0
    attempts: int = 0
    releases: int = 0
    live: Live | None = None
    due: datetime | None = None
    result: object = None
    asked: bool = False
    """Whether a client has requested the running task's cancellation."""

    @property
    def version(self) -> tuple[int, int, int]:
        return self.generation, self.attempts, self.releases


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The handle of an attempt, which its function may use arbitrarily late."""

    claimant: str
    task: Task


@dataclass(frozen=True, kw_only=True)
class Read:
    """A reading of the task, which its reader may use later."""

    snapshot: Snapshot

    @property
    def task(self) -> Task:
        return self.snapshot.task
