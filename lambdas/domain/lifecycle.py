"""Lifecycle of a task: its states and the transitions that are allowed between them."""

from enum import StrEnum
from functools import cache


class Status(StrEnum):
    """State of a task."""

    SCHEDULED = "SCHEDULED"  # not queued before its `runAt`
    PENDING = "PENDING"  # recorded; its message is on the queue, or is about to be
    QUEUED = "QUEUED"  # was released, redriven, sent again or run now, and its message is on the queue
    PROCESSING = "PROCESSING"
    RETRYING = "RETRYING"
    PARKED = "PARKED"  # waits without a message: for a circuit, its turn, the end of a pause, or a retry
    SUCCEEDED = "SUCCEEDED"
    DEAD_LETTERED = "DEAD_LETTERED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"  # its first attempt had not begun by its `expiresAt`

    @property
    def ended(self) -> bool:
        """Whether this is a final state; a dead letter may still be redriven."""
        return self in ENDED


ENDED = frozenset({Status.SUCCEEDED, Status.DEAD_LETTERED, Status.CANCELLED, Status.EXPIRED})

# A PENDING task may be claimed: QUEUED is not written for a new task, and for others only after the send.
# Every state with a message may lead to DEAD_LETTERED: SQS moves messages by their receive count alone. A
# released or redriven task is PENDING again: if its function crashes before the message is sent,
# release_tasks sends it. A task expires only while it waits for its first attempt. A running task is
# cancelled only if that was requested and its attempt has failed or was lost.
_MAY_BECOME: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.PENDING, Status.CANCELLED, Status.EXPIRED}),
    Status.PENDING: frozenset(
        {
            Status.QUEUED,
            Status.PROCESSING,
            Status.PARKED,
            Status.DEAD_LETTERED,
            Status.CANCELLED,
            Status.EXPIRED,
        }
    ),
    Status.QUEUED: frozenset(
        {Status.PROCESSING, Status.PARKED, Status.DEAD_LETTERED, Status.CANCELLED, Status.EXPIRED}
    ),
    Status.PROCESSING: frozenset(
        {
            Status.SUCCEEDED,
            Status.RETRYING,
            Status.PROCESSING,
            Status.PARKED,
            Status.DEAD_LETTERED,
            Status.CANCELLED,
        }
    ),
    Status.RETRYING: frozenset(
        {Status.QUEUED, Status.PROCESSING, Status.PARKED, Status.DEAD_LETTERED, Status.CANCELLED}
    ),
    Status.PARKED: frozenset({Status.PENDING, Status.CANCELLED, Status.EXPIRED}),
    Status.SUCCEEDED: frozenset(),
    Status.DEAD_LETTERED: frozenset({Status.PENDING, Status.CANCELLED}),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}


def may_become(source: Status, target: Status) -> bool:
    """Return whether a task may move from one state to another."""
    return target in _MAY_BECOME[source]


@cache
def sources(target: Status) -> frozenset[Status]:
    """Return the states from which a task may move to `target`."""
    return frozenset(status for status in Status if may_become(status, target))


CANCELLABLE = sources(Status.CANCELLED) - {Status.PROCESSING}
"""States in which a task can be cancelled at once; a running task can only be asked to stop."""
