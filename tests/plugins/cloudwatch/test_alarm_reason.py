"""The reason that an alarm gives for its state.

The first two are examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
but for their numbers.
"""

from collections.abc import Sequence

import pytest

from sandbox.services.cloudwatch.alarm_reason import Threshold, reason
from sandbox.services.cloudwatch.evaluation import Missing, Rule, State

AT = 1_570_000_020  # 2 October 2019, 07:07
SHOWN = ("02/10/19 07:07:00", "02/10/19 07:08:00", "02/10/19 07:09:00")


@pytest.mark.parametrize(
    ("state", "rule", "values", "expected"),
    [
        (
            State.ALARM,
            Rule(periods=2, to_alarm=1),
            [9.5],
            f"Threshold Crossed: 1 out of the last 2 datapoints [9.5 ({SHOWN[0]})] was greater than "
            "the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            State.INSUFFICIENT_DATA,
            Rule(periods=5, to_alarm=5),
            [],
            "Insufficient Data: 5 datapoints were unknown.",
        ),
        (
            State.ALARM,
            Rule(periods=1, to_alarm=1),
            [9.5],
            f"Threshold Crossed: 1 datapoint [9.5 ({SHOWN[0]})] was greater than the threshold (5.0).",
        ),
        (
            State.OK,
            Rule(periods=3, to_alarm=2),
            [1.0, 9.0, 2.0],
            f"Threshold Crossed: 2 out of the last 3 datapoints [1.0 ({SHOWN[0]}), 2.0 ({SHOWN[2]})] were "
            "not greater than the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition).",
        ),
        (
            State.ALARM,
            Rule(periods=2, to_alarm=2, missing=Missing.BREACHING),
            [],
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were "
            "treated as [Breaching].",
        ),
        (
            State.OK,
            Rule(periods=1, to_alarm=1, missing=Missing.NOT_BREACHING),
            [],
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was "
            "treated as [NonBreaching].",
        ),
        (
            State.OK,
            Rule(periods=2, to_alarm=2, missing=Missing.NOT_BREACHING),
            [9.0],
            "Threshold Crossed: 1 missing datapoint was treated as [NonBreaching].",
        ),
    ],
)
def test_reasons(state: State, rule: Rule, values: Sequence[float], expected: str) -> None:
    """Of an alarm on values above 5, a minute apart."""
    threshold = Threshold(comparison="GreaterThanThreshold", value=5.0, breached_by=lambda value: value > 5)
    known = [(AT + 60 * number, value) for number, value in enumerate(values)]
    assert reason(state, rule=rule, known=known, threshold=threshold) == expected
