"""The states of a task, and which may follow which. Every write of a state is checked against this."""

from enum import StrEnum


class Status(StrEnum):
    PENDING = "PENDING"  # recorded; its message may not be on the queue yet
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    RETRYING = "RETRYING"
    SUCCEEDED = "SUCCEEDED"
    DEAD_LETTERED = "DEAD_LETTERED"

    @property
    def ended(self) -> bool:
        return not _MAY_BECOME[self]


# PENDING may be claimed as it is: the message is sent before QUEUED is written, and may be faster.
# Any state may end in DEAD_LETTERED: SQS moves a message by its receive count alone, whatever we know.
_MAY_BECOME: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.QUEUED, Status.PROCESSING, Status.DEAD_LETTERED}),
    Status.QUEUED: frozenset({Status.PROCESSING, Status.DEAD_LETTERED}),
    Status.PROCESSING: frozenset(
        {Status.SUCCEEDED, Status.RETRYING, Status.PROCESSING, Status.DEAD_LETTERED}
    ),
    Status.RETRYING: frozenset({Status.PROCESSING, Status.DEAD_LETTERED}),
    Status.SUCCEEDED: frozenset(),
    Status.DEAD_LETTERED: frozenset(),
}


def may_become(source: Status, target: Status) -> bool:
    return target in _MAY_BECOME[source]


def sources(target: Status) -> frozenset[Status]:
    """The states from which a task may come to `target`."""
    return frozenset(status for status in Status if may_become(status, target))
