"""The life of a task, as a state machine that runs against a real table."""

import itertools
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    initialize,
    multiple,
    precondition,
    rule,
)

from lambdas.domain.callback import ENDS
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import CANCELLABLE, Status
from lambdas.domain.requester import Requester
from lambdas.domain.submission import Submission
from lambdas.store.retry_now import retry_now
from lambdas.store.snapshot import Claimed
from tests.chaos.lifecycle_checks import MAX_ATTEMPTS, Checked
from tests.chaos.model import Claim, Live, Model, Read
from tests.chaos.told import told_ends

LEASE = timedelta(seconds=6)
ERROR = TaskError.of(Category.SYSTEM, "Broken", "it broke")
WAITS_FOR_A_CLAIM = frozenset({Status.PENDING, Status.QUEUED, Status.RETRYING})
_numbers = itertools.count()


class Lifecycle(Checked):
    reads: Bundle[Read] = Bundle("reads")
    claims: Bundle[Claim] = Bundle("claims")

    @initialize(
        target=reads,
        later=st.booleans(),
        ordered=st.booleans(),
        expires=st.booleans(),
        told=st.sets(st.sampled_from(ENDS)),
    )
    def accept(self, later: bool, ordered: bool, expires: bool, told: set[str]) -> Read:
        self.id = f"task-{next(_numbers)}"
        later_on = {"runAt": "2026-01-01T01:00:00Z"} if later else {}
        if expires:
            later_on["expiresAt"] = "2026-01-01T01:00:10Z" if later else "2026-01-01T00:00:10Z"
        in_lane = {"orderingKey": self.id} if ordered else {}
        tells = {"callback": {"url": "https://a.example/", "on": [*told]}} if told else {}
        self.submission = Submission.model_validate({"payload": {}, **later_on, **in_lane, **tells})
        made = self._accept()
        assert (made.created, made.same) == (True, True)
        self.model = Model(status=made.task.status)
        return self._read()

    # Time, and readers of the record.

    @rule(seconds=st.sampled_from([0.5, 5.9, 6.1, 3600]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=reads)
    def read(self) -> Read:
        return self._read()

    @rule()
    def accept_again(self) -> None:
        """Repeat the same submission, as a client does."""
        made = self._accept()
        assert (made.created, made.same) == (False, True)
        assert made.task.status is self.model.status

    # The consumers of its messages.

    @rule(target=claims, generation=st.integers(0, 2))
    def claim(self, generation: int) -> MultipleResults[Claim] | Claim:
        claimant = f"message/{next(_numbers)}"
        at, ends = self._tick(), self.now + LEASE
        before = self.model
        found = self.table.claim(self.id, generation, claimant=claimant, at=at, lease_ends=ends)
        lost = before.status is Status.PROCESSING and before.live is not None and before.live.ends < at
        allowed = (
            generation == before.generation
            and before.attempts < MAX_ATTEMPTS
            and not self._is_too_late(at)
            and not before.asked
            and ((before.status in WAITS_FOR_A_CLAIM and (before.due or at) <= at) or lost)
        )
        assert isinstance(found, Claimed) == allowed, found
        if not isinstance(found, Claimed):
            return multiple()
        self._moved(Status.PROCESSING, attempts=before.attempts + 1, live=Live(claimant=claimant, ends=ends))
        assert found.task.attempts == self.model.attempts
        # Its answer was lost, and boto3 repeats the call, which finds its own claim and makes no second
        # attempt.
        again = self.table.claim(self.id, generation, claimant=claimant, at=at, lease_ends=ends)
        assert isinstance(again, Claimed)
        assert again.task.attempts == found.task.attempts
        return Claim(claimant=claimant, task=found.task)

    @rule(claim=claims, repeated=st.booleans())
    def succeeded(self, claim: Claim, repeated: bool) -> None:
        at, result = self._tick(), claim.claimant
        held = self._holds(claim)
        for _ in range(1 + repeated):
            assert self.table.succeeded(claim.task, result, at=at).done == held
        if held:
            self._moved(Status.SUCCEEDED, result=result)

    @rule(claim=claims, delay=st.integers(0, 1), repeated=st.booleans())
    def retrying(self, claim: Claim, delay: int, repeated: bool) -> None:
        at, held = self._tick(), self._goes_on(claim)
        for _ in range(1 + repeated):
            assert self.table.retrying(claim.task, ERROR, delay, receipt_handle="handle", at=at) == held
        if held:
            self.reported.add(claim.claimant)
            self._moved(Status.RETRYING, due=at + timedelta(seconds=delay))

    @rule(claim=claims, repeated=st.booleans())
    def park_for_retry(self, claim: Claim, repeated: bool) -> None:
        if claim.claimant in self.reported:
            return  # a function reports its attempt's outcome once
        at, held = self._tick(), self._goes_on(claim)
        for _ in range(1 + repeated):
            assert self.table.park_for_retry(claim.task, 90, error=ERROR, at=at).done == held
        if held:
            self.reported.add(claim.claimant)
            self._moved(Status.PARKED)

    @rule(claim=claims)
    def gives_up(self, claim: Claim) -> None:
        if claim.claimant in self.reported:
            return  # a function reports its attempt's outcome once
        at, held = self._tick(), self._goes_on(claim)
        assert self.table.dead_lettered(claim.task, ERROR, at=at).done == held
        if held:
            self._moved(Status.DEAD_LETTERED)

    @rule(claim=claims)
    def park_for_circuit(self, claim: Claim) -> None:
        at, held = self._tick(), self._goes_on(claim)
        assert self.table.park_for_circuit(claim.task, "a.example", at=at) == held
        if held:
            self._moved(Status.PARKED, attempts=self.model.attempts - 1)

    # Functions that decide by an earlier reading.

    @rule(read=reads)
    def queued(self, read: Read) -> None:
        at, fresh = self._tick(), self._is_fresh(read)
        allowed = fresh and self.model.status is Status.PENDING
        self.table.queued(read.task, at=at)
        if allowed:
            self._moved(Status.QUEUED)

    @rule(read=reads)
    def park_for_turn(self, read: Read) -> None:
        at = self._tick()
        if not self._may_be_taken_from(read, at):
            return
        allowed = self._may_follow(read, Status.PARKED)
        done = self.table.park_for_turn(read.task, at=at, check_at=at + LEASE).done
        assert done == allowed
        if done:
            self._moved(Status.PARKED)

    @rule(read=reads)
    def park_for_pause(self, read: Read) -> None:
        """Deliver the message while the kind is paused."""
        at = self._tick()
        if not self._may_be_taken_from(read, at):
            return
        allowed = self._may_follow(read, Status.PARKED)
        done = self.table.park_for_pause(read.task, at=at).done
        assert done == allowed
        if done:
            self._moved(Status.PARKED)

    @rule(read=reads)
    def found_out_of_receives(self, read: Read) -> None:
        """Find the message in the dead-letter queue although the task has attempts left."""
        at = self._tick()
        if not self._may_be_taken_from(read, at):
            return
        allowed = self._may_follow(read, Status.PARKED)
        assert self.table.park_for_retry(read.task, 1, at=at).done == allowed
        if allowed:
            self._moved(Status.PARKED)

    @rule(read=reads)
    def found_dead(self, read: Read) -> None:
        """Find the message in the dead-letter queue, and give the task up."""
        at = self._tick()
        if not self._may_be_taken_from(read, at):
            return
        allowed = self._may_follow(read, Status.DEAD_LETTERED)
        assert self.table.dead_lettered(read.task, ERROR, at=at).done == allowed
        if allowed:
            self._moved(Status.DEAD_LETTERED)

    @rule(read=reads, repeated=st.booleans())
    def released(self, read: Read, repeated: bool) -> None:
        at = self._tick()
        allowed = self._is_fresh(read) and self.model.status in (Status.SCHEDULED, Status.PARKED)
        for _ in range(1 + repeated):
            assert (self.table.released(read.task, at=at) is not None) == allowed
        if allowed:
            self._moved(Status.PENDING, releases=self.model.releases + 1)

    @rule(read=reads, repeated=st.booleans())
    def retried_now(self, read: Read, repeated: bool) -> None:
        """Request the immediate run of a task that waits for its retry."""
        at = self._tick()
        allowed = self._is_fresh(read) and self.model.status is Status.RETRYING
        for _ in range(1 + repeated):
            done = retry_now(self.table.transitions, read.task, "handle", by=Requester(), at=at).done
            assert done == allowed
        if allowed:
            self._moved(Status.QUEUED)

    @rule(read=reads)
    def cancelled(self, read: Read) -> None:
        at = self._tick()
        allowed = self._is_fresh(read) and self.model.status in CANCELLABLE
        assert self.table.cancelled(read.task, at=at).done == allowed
        if allowed:
            self._moved(Status.CANCELLED)

    @rule(read=reads, repeated=st.booleans())
    def asked_to_cancel(self, read: Read, repeated: bool) -> None:
        """Request a running task's cancellation, which makes its attempt the last one."""
        allowed = self._is_fresh(read) and self.model.status is Status.PROCESSING
        for _ in range(1 + repeated):
            assert self.table.ask_to_cancel(read.task, by=Requester()).done == allowed
        if allowed:
            self.model = replace(self.model, asked=True)

    @rule(claim=claims, repeated=st.booleans())
    def cancelled_instead(self, claim: Claim, repeated: bool) -> None:
        """Cancel the task after its attempt failed, if a client has asked to cancel it."""
        at, held = self._tick(), self._holds(claim)
        if not self.model.asked:
            return
        for _ in range(1 + repeated):
            assert self.table.cancelled_instead(claim.task, ERROR, at=at).done == held
        if held:
            self._moved(Status.CANCELLED)

    @rule(read=reads, repeated=st.booleans())
    def expired(self, read: Read, repeated: bool) -> None:
        """Let the task expire if the deadline that was read has passed."""
        at = self._tick()
        if not read.task.has_expired(at):
            return
        allowed = self._may_follow(read, Status.EXPIRED)
        for _ in range(1 + repeated):
            assert self.table.expired(read.task, at=at).done == allowed
        if allowed:
            self._moved(Status.EXPIRED)

    @precondition(lambda self: self.model.generation < 2)
    @rule(read=reads)
    def redriven(self, read: Read) -> None:
        at = self._tick()
        allowed = self._is_fresh(read) and self.model.status is Status.DEAD_LETTERED
        assert self.table.redriven(read.task, at=at).done == allowed
        if allowed:
            model = self.model
            self._moved(
                Status.PENDING, generation=model.generation + 1, attempts=0, releases=model.releases + 1
            )

    def teardown(self) -> None:
        """Check that each end with a callback has a delivery, and that there are no others."""
        if not hasattr(self, "submission"):
            return
        callback = self.submission.callback
        wanted = callback.on if callback else ()
        told = told_ends(self.table, self._read().task)
        assert told == {(generation, status) for generation, status in self.moves if status in wanted}
