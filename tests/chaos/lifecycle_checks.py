"""A model of a task's life, and the invariants of the model and the record after each step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from lambdas.domain.lifecycle import Status, may_become
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.store.acceptance import Accepted
from lambdas.store.table import TaskTable
from tests.chaos.model import Claim, Live, Model, Read

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MAX_ATTEMPTS = 3


class Checked(RuleBasedStateMachine):
    table: ClassVar[TaskTable]
    id: str
    submission: Submission
    model: Model

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGINNING
        self.seen: list[Status] = []
        self.reported: set[str] = set()
        self.moves: list[tuple[int, Status]] = []

    @invariant()
    def the_table_is_as_the_model_says(self) -> None:
        found = self.table.snapshot(self.id)
        assert found is not None
        task, model = found.task, self.model
        assert (task.status, task.generation, task.attempts, task.releases) == (model.status, *model.version)
        assert 0 <= task.attempts <= task.max_attempts
        assert found.claimant == (model.live.claimant if model.live else None)
        assert task.result == model.result
        if task.status is Status.PROCESSING:
            assert bool(task.cancel_requested) == model.asked
        assert [entry.status for entry in task.history] == self.seen
        assert task.history[-1].status is task.status

    def _moved(
        self, status: Status, *, live: Live | None = None, due: datetime | None = None, **changes: object
    ) -> None:
        """Apply a transition to the model, and check that the lifecycle allows it."""
        assert may_become(self.model.status, status)
        self.model = replace(self.model, status=status, live=live, due=due, asked=False, **changes)  # type: ignore[arg-type]
        self.seen.append(status)
        self.moves.append((self.model.generation, status))

    def _accept(self) -> Accepted:
        task = accepted(
            self.submission, task_id=self.id, max_attempts=MAX_ATTEMPTS, correlation_id="c", at=self.now
        )
        self.seen = self.seen or [task.status]
        return self.table.accept(task, self.submission.fingerprint())

    def _read(self) -> Read:
        snapshot = self.table.snapshot(self.id)
        assert snapshot is not None
        return Read(snapshot=snapshot)

    def _tick(self) -> datetime:
        """Advance the clock, so that no two steps have the same time."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def _holds(self, claim: Claim) -> bool:
        """Return whether a claim's attempt is still the running one, even if its lease has ended."""
        return self.model.live is not None and self.model.live.claimant == claim.claimant

    def _goes_on(self, claim: Claim) -> bool:
        """Return whether another attempt, or a dead letter, may follow a claim's attempt."""
        return self._holds(claim) and not self.model.asked

    def _may_follow(self, read: Read, status: Status) -> bool:
        """Return whether a task that was read may change to a state."""
        return self._is_fresh(read) and may_become(self.model.status, status) and not self.model.asked

    def _is_too_late(self, at: datetime) -> bool:
        """Return whether it is too late for the first attempt to begin."""
        deadline = self.submission.expires_at
        return deadline is not None and self.model.version[:2] == (0, 0) and deadline <= at

    def _is_fresh(self, read: Read) -> bool:
        return (read.task.generation, read.task.attempts, read.task.releases) == self.model.version

    def _may_be_taken_from(self, read: Read, at: datetime) -> bool:
        """Return whether the task that was read had no lease, or one that has ended."""
        return read.snapshot.lease_ends is None or read.snapshot.lease_ends < at
