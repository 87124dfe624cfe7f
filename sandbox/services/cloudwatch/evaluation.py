"""The state of an alarm, determined from the data points of its metric.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

The code here has no side effects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """The treatment of missing data points (TreatMissingData)."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The condition for ALARM: at least `to_alarm` of the last `periods` data points breach the threshold."""

    periods: int
    to_alarm: int
    missing: Missing = Missing.MISSING

    @property
    def evaluated(self) -> int:
        """Number of periods to evaluate: more than `periods`, in case some lack data.

        AWS does not document this number.
        """
        return self.periods + max(self.periods // 3, 2)

    def state(self, breaches: Sequence[bool | None]) -> State | None:
        """Return the state, or None for no change.

        Args:
            breaches: Whether each period breaches, oldest first; None for a missing one.
        """
        known = [each for each in breaches if each is not None]
        breaching = sum(known[-self.periods :])
        lacking = self.periods - len(known)
        if lacking <= 0 or breaching >= self.to_alarm:
            return State.ALARM if breaching >= self.to_alarm else State.OK
        match self.missing:
            case Missing.BREACHING:
                return State.ALARM if breaching + lacking >= self.to_alarm else State.OK
            case Missing.NOT_BREACHING:
                return State.OK
        if not all(known):
            return State.OK
        if self.missing is Missing.IGNORE:
            return None
        oldest = next((len(breaches) - i for i, each in enumerate(breaches) if each), 0)
        return State.ALARM if oldest >= self.to_alarm and known else State.INSUFFICIENT_DATA
