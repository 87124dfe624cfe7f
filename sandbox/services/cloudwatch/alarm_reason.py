"""The reason for an alarm's state, in CloudWatch's wording.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html has examples.

The functions here have no side effects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.services.cloudwatch.evaluation import Rule, State

_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The number with which values are compared; `comparison` is the alarm's ComparisonOperator."""

    comparison: str
    value: float
    breached_by: Callable[[float], bool]


def reason(state: State, *, rule: Rule, known: Sequence[float], threshold: Threshold) -> str:
    """Return the reason for an alarm's state, given the evaluated values, oldest first."""
    if state is State.INSUFFICIENT_DATA:
        return f"Insufficient Data: {len(known)} of {rule.periods} datapoints were known."
    deciding = [value for value in known if threshold.breached_by(value) == (state is State.ALARM)]
    if not deciding:
        missing = max(rule.periods - len(known), 0)
        return f"Threshold Crossed: {missing} missing datapoints were treated as [{rule.missing}]."
    values = ", ".join(map(str, deciding))
    were = "were" if state is State.ALARM else "were not"
    return (
        f"Threshold Crossed: {len(deciding)} out of the last {rule.periods} datapoints [{values}] {were} "
        f"{_COMPARISONS[threshold.comparison]} the threshold ({threshold.value})."
    )
