"""The states of a task, and which may follow which. Every write of a state is checked against this."""

from enum import StrEnum


class Status(StrEnum):
    SCHEDULED = "SCHEDULED"  # not to be queued before its `runAt`
    PENDING = "PENDING"  # recorded; its message may not be on the queue yet
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    RETRYING = "RETRYING"
    PARKED = "PARKED"  # has no message: waits for a circuit, or for its turn in its ordering key
    SUCCEEDED = "SUCCEEDED"
    DEAD_LETTERED = "DEAD_LETTERED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself; a dead letter may still be redriven."""
        return self in (Status.SUCCEEDED, Status.DEAD_LETTERED, Status.CANCELLED)


# PENDING may be claimed as it is: the message is sent before QUEUED is written, and may be faster.
# Whatever has a message may end in DEAD_LETTERED: SQS moves it by its receive count alone.
# What is released or redriven is PENDING again, so that dying before its message is sent loses nothing.
_MAY_BECOME: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.PENDING, Status.CANCELLED}),
    Status.PENDING: frozenset(
        {Status.QUEUED, Status.PROCESSING, Status.PARKED, Status.DEAD_LETTERED, Status.CANCELLED}
    ),
    Status.QUEUED: frozenset({Status.PROCESSING, Status.PARKED, Status.DEAD_LETTERED, Status.CANCELLED}),
    Status.PROCESSING: frozenset(
        {Status.SUCCEEDED, Status.RETRYING, Status.PROCESSING, Status.PARKED, Status.DEAD_LETTERED}
    ),
    Status.RETRYING: frozenset({Status.PROCESSING, Status.PARKED, Status.DEAD_LETTERED, Status.CANCELLED}),
    Status.PARKED: frozenset({Status.PENDING, Status.CANCELLED}),
    Status.SUCCEEDED: frozenset(),
    Status.DEAD_LETTERED: frozenset({Status.PENDING, Status.CANCELLED}),
    Status.CANCELLED: frozenset(),
}


def may_become(source: Status, target: Status) -> bool:
    return target in _MAY_BECOME[source]


def sources(target: Status) -> frozenset[Status]:
    """The states from which a task may come to `target`."""
    return frozenset(status for status in Status if may_become(status, target))
