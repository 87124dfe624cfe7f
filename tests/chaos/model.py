"""What a task must be by what happened to it, and the handles that its functions hold."""

from dataclasses import dataclass
from datetime import datetime

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Live:
    """Whose attempt runs, and until when at the latest."""

    claimant: str
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Model:
    """What a task must be. `version` is what a handle must have seen: nothing of it has changed since."""

    status: Status
    generation: int = 0
    attempts: int = 0
    releases: int = 0
    live: Live | None = None
    due: datetime | None = None
    result: object = None
    asked: bool = False
    """Whether a client has asked for its cancellation while it runs."""

    @property
    def version(self) -> tuple[int, int, int]:
        return self.generation, self.attempts, self.releases


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An attempt's handle, which its function may use as late as it likes."""

    claimant: str
    task: Task


@dataclass(frozen=True, kw_only=True)
class Read:
    """What somebody has read, and decides by later."""

    snapshot: Snapshot

    @property
    def task(self) -> Task:
        return self.snapshot.task
