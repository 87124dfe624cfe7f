"""The words in which CloudWatch says why an alarm changed its state.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html has examples.
Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.services.cloudwatch.evaluation import Missing, Rule, State

Point = tuple[int, float]
"""The second at which a period begins, and its value."""

_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_TREATED_AS = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching"}


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What values are compared with: `comparison` is the alarm's ComparisonOperator."""

    comparison: str
    value: float
    breached_by: Callable[[float], bool]


def reason(state: State, *, rule: Rule, known: Sequence[Point], threshold: Threshold) -> str:
    """Return why an alarm is in a state, by the data points that were evaluated, the oldest first."""
    lacking = max(rule.periods - len(known), 0)
    if state is State.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_counted(lacking, 'datapoint')} unknown."
    deciding = [each for each in known if threshold.breached_by(each[1]) == (state is State.ALARM)]
    parts = []
    if deciding:
        parts.append(_compared(state, rule, deciding, threshold))
    if not known:
        periods = f"{rule.periods} period{'' if rule.periods == 1 else 's'}"
        parts.append(f"no datapoints were received for {periods}")
    if lacking and (treated := _TREATED_AS.get(rule.missing)):
        parts.append(f"{_counted(lacking, 'missing datapoint')} treated as [{treated}]")
    return f"Threshold Crossed: {' and '.join(parts)}."


def _compared(state: State, rule: Rule, deciding: Sequence[Point], threshold: Threshold) -> str:
    listed = ", ".join(
        f"{value} ({datetime.fromtimestamp(at, UTC):%d/%m/%y %H:%M:%S})" for at, value in deciding
    )
    number, negation = len(deciding), "" if state is State.ALARM else "not "
    were = "was" if number == 1 else "were"
    compared = (
        f"[{listed}] {were} {negation}{_COMPARISONS[threshold.comparison]} the threshold ({threshold.value})"
    )
    if number == rule.periods:
        return f"{number} datapoint{'' if number == 1 else 's'} {compared}"
    needed, change = (
        (rule.to_alarm, "OK -> ALARM")
        if state is State.ALARM
        else (rule.periods - rule.to_alarm + 1, "ALARM -> OK")
    )
    minimum = f"minimum {needed} datapoint{'' if needed == 1 else 's'} for {change} transition"
    return f"{number} out of the last {rule.periods} datapoints {compared} ({minimum})"


def _counted(number: int, name: str) -> str:
    return f"{number} {name} was" if number == 1 else f"{number} {name}s were"
