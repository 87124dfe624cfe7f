"""States of tasks for the console: what each means, and what can be done in it."""

from datetime import timedelta

from infra.limits import MAX_FUNCTION_SECONDS
from lambdas.domain.lifecycle import Status, sources

MEANINGS = {
    Status.SCHEDULED: "for later",
    Status.PENDING: "recorded, about to be queued",
    Status.QUEUED: "on the queue",
    Status.PROCESSING: "being tried",
    Status.RETRYING: "waits for its next attempt",
    Status.PARKED: "waits for a circuit, its turn, the end of a pause or a retry",
    Status.SUCCEEDED: "done",
    Status.DEAD_LETTERED: "given up",
    Status.CANCELLED: "cancelled",
    Status.EXPIRED: "its deadline passed before its first attempt",
}

RUNNABLE_NOW = frozenset({Status.SCHEDULED, Status.RETRYING})
"""States in which a task can always be run now; a parked one may have to wait for its turn."""

MAY_BE_CANCELLED = sources(Status.CANCELLED)
"""States in which a task can be cancelled; a running one is asked to stop."""

LOST_AFTER = timedelta(seconds=MAX_FUNCTION_SECONDS + 60)
"""Time after which an attempt that has not ended is certainly lost, even if the clocks differ a little."""
