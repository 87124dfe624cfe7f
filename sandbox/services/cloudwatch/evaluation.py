"""What state an alarm is in, by the data points of its metric.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """How missing data points are treated (TreatMissingData)."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Of the last `periods` data points so many breach the threshold."""

    periods: int
    to_alarm: int
    missing: Missing = Missing.MISSING

    @property
    def evaluated(self) -> int:
        """How many periods are looked at: more, as some may be without data. AWS does not say how many."""
        return self.periods + max(self.periods // 3, 2)

    def state(self, breaches: Sequence[bool | None]) -> State | None:
        """The state by the periods looked at, from the oldest; each breaches, does not, or is missing (None).

        None is for no change.
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
