"""Snapshots of tasks with the data about their current attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.attribute_values import Item, unmarshal
from lambdas.store.item import to_task
from lambdas.store.stored_times import to_moment

# Tolerance for clock skew between functions, so that none of them still sees the lease as running.
_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A task as it was read, with the data about its running attempt or pending retry.

    Attributes:
        task: The task.
        claimant: Name of the delivery that runs the attempt, as passed to `claim`; None if no attempt is
            running.
        receipt_handle: Receipt handle of the message that waits for a retry, or last did so, if known.
        lease_ends: Time by which the function that runs the attempt is certainly dead; None if no attempt is
            running.
        not_before: Time at which the retry is due; None if no message waits for a retry.
    """

    task: Task
    claimant: str | None
    receipt_handle: str | None
    lease_ends: datetime | None
    not_before: datetime | None = None

    def attempt_is_lost(self, at: datetime) -> bool:
        """Return whether the task's attempt has not reported back, and the function that ran it is dead."""
        is_over = self.lease_ends is not None and self.lease_ends + _SKEW < at
        return self.task.status is Status.PROCESSING and is_over


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Outcome of a claim that began an attempt; `task.attempts` is its number."""

    task: Task


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Outcome of a claim that was refused; `found` is the task, or None if it does not exist."""

    found: Snapshot | None


def to_snapshot(item: Item) -> Snapshot:
    """Convert an item of the table to a snapshot."""
    names = ("claimant", "leaseEnds", "notBefore", "receiptHandle")
    values = unmarshal({name: item[name] for name in names if name in item})
    return Snapshot(
        task=to_task(item),
        claimant=values.get("claimant"),
        receipt_handle=values.get("receiptHandle"),
        lease_ends=_moment(values.get("leaseEnds")),
        not_before=_moment(values.get("notBefore")),
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else to_moment(stored)
