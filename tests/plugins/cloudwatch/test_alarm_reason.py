"""The reason for an alarm's state."""

from collections.abc import Sequence

import pytest

from sandbox.services.cloudwatch.alarm_reason import Threshold, reason
from sandbox.services.cloudwatch.evaluation import Missing, Rule, State


@pytest.mark.parametrize(
    ("state", "rule", "values", "expected"),
    [
        (
            State.ALARM,
            Rule(periods=2, to_alarm=1),
            [9.5],
            "Threshold Crossed: 1 out of the last 2 datapoints [9.5] were greater than the threshold (5.0).",
        ),
        (
            State.OK,
            Rule(periods=3, to_alarm=2),
            [1.0, 9.0, 2.0],
            "Threshold Crossed: 2 out of the last 3 datapoints [1.0, 2.0] were not greater than the "
            "threshold (5.0).",
        ),
        (
            State.INSUFFICIENT_DATA,
            Rule(periods=5, to_alarm=5),
            [],
            "Insufficient Data: 0 of 5 datapoints were known.",
        ),
        (
            State.ALARM,
            Rule(periods=2, to_alarm=2, missing=Missing.BREACHING),
            [],
            "Threshold Crossed: 2 missing datapoints were treated as [breaching].",
        ),
        (
            State.OK,
            Rule(periods=2, to_alarm=2, missing=Missing.NOT_BREACHING),
            [9.0],
            "Threshold Crossed: 1 missing datapoints were treated as [notBreaching].",
        ),
    ],
)
def test_reasons(state: State, rule: Rule, values: Sequence[float], expected: str) -> None:
    """The reason for an alarm's state names the decisive values, or counts the missing ones."""
    threshold = Threshold(comparison="GreaterThanThreshold", value=5.0, breached_by=lambda value: value > 5)
    assert reason(state, rule=rule, known=values, threshold=threshold) == expected
