"""Redrives of dead letters, with the original or a corrected payload."""

from datetime import datetime

from lambdas.domain.amendment import Amendment
from lambdas.domain.history import HistoryEntry
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.store.payloads import Payloads
from lambdas.store.transition import Change, Moved, Transitions


class Redriving:
    """Writer of redrives.

    Args:
        transitions: Transitions of the task table.
        payloads: Storage of payloads.
    """

    def __init__(self, transitions: Transitions, payloads: Payloads) -> None:
        self._transitions = transitions
        self._payloads = payloads

    def redriven(
        self, task: Task, *, by: Requester | None, amendment: Amendment | None, at: datetime
    ) -> Moved:
        """Begin a new generation of a dead-lettered task; see `TaskTable.redriven`."""
        generation = task.generation + 1
        entry = HistoryEntry(
            at=at,
            status=Status.PENDING,
            generation=generation,
            requested_by=by,
            amended=amendment and amendment.note,
        )
        payload = (
            self._payloads.keep(task, at)
            if amendment is None
            else self._payloads.replace(task, amendment.payload, at)
        )
        change = Change(
            sets={"attempts": 0, "generation": generation, "trips": 0, **payload},
            adds={"releases": 1},
            removes=("expiresAt", "error", "traceback", "analysis", "follower"),
        )
        moved = self._transitions.advance_into_lane(task, entry, change, from_statuses=[Status.DEAD_LETTERED])
        if amendment is None or not moved.done:
            return moved
        # The record contains the payload in compressed form, or not at all.
        shown = {"payload": amendment.payload, "payload_key": None}
        return Moved(task=moved.task.model_copy(update=shown), done=True)
