"""A task together with the table's data about its attempt."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lambdas.domain.task import Task
from lambdas.store.attribute_values import Item, unmarshal
from lambdas.store.item import to_task


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A task as it was read, and its running or waiting attempt.

    Attributes:
        task: The task.
        claimant: Delivery that runs the attempt, as passed to `claim`; None if no attempt is running.
        receipt_handle: Receipt handle of the message that waits, or has waited, for a retry; None if none
            does.
        lease_ends: Time by which the function of the running attempt is certainly dead; None if none is
            running.
        not_before: When the retry that the message waits for is due; None if none is.
    """

    task: Task
    claimant: str | None
    receipt_handle: str | None
    lease_ends: datetime | None
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An attempt began; the task is PROCESSING, and `attempts` is the number of this attempt."""

    task: Task


@dataclass(frozen=True, kw_only=True)
class Refused:
    """No attempt began; `found` shows why, and is None if there is no such task."""

    found: Snapshot | None


def to_snapshot(item: Item) -> Snapshot:
    """Convert an item of the table."""
    names = ("claimant", "leaseEnds", "notBefore", "receiptHandle")
    values = unmarshal({name: item[name] for name in names if name in item})
    return Snapshot(
        task=to_task(item),
        claimant=values.get("claimant"),
        receipt_handle=values.get("receiptHandle"),
        lease_ends=_moment(values.get("leaseEnds")),
        not_before=_moment(values.get("notBefore")),
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
