"""Count of an attempt in the metrics, without those that an open circuit gives back."""

from datetime import datetime
from time import monotonic

from lambdas.domain.task import Task
from lambdas.telemetry import events


class AttemptCount:
    """Counts a claim as an attempt once the work is called, or has failed before it could be.

    A claim that an open circuit gives back is not counted: such claims are many during an outage, and would
    hide the failures of other tasks. An attempt that is lost while the work runs has been counted. So has a
    failed probe, which is given back as well, but is not the task's first attempt.

    Args:
        task: The task as it was claimed.
        at: Time of the claim.
    """

    def __init__(self, task: Task, at: datetime) -> None:
        self._task = task
        self._at = at
        self._began = monotonic()
        self._is_counted = False
        self._is_given_back = False

    def begin(self) -> None:
        """Count the attempt, unless it is counted already."""
        if not self._is_counted:
            self._is_counted = True
            events.attempt_counted(self._task)

    def give_back(self) -> None:
        """Note that an open circuit gives the attempt back, after a failed probe or without a call."""
        self._is_given_back = True

    def end(self) -> None:
        """Report the duration of the attempt, whatever its outcome, if it is counted."""
        if self._is_counted:
            events.attempt_reported(
                self._task,
                at=self._at,
                seconds=monotonic() - self._began,
                is_given_back=self._is_given_back,
            )
