"""States of alarms for given data points.

The tables are AWS's. 0 is within the threshold, X breaches it, and - is missing; the oldest comes first:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import pytest

from sandbox.services.cloudwatch.evaluation import Missing, Rule, State

OK, ALARM, INSUFFICIENT = State.OK, State.ALARM, State.INSUFFICIENT_DATA
POINTS = {"0": False, "X": True, "-": None}


def state(points: str, periods: int, to_alarm: int, missing: Missing) -> State | None:
    rule = Rule(periods=periods, to_alarm=to_alarm, missing=missing)
    return rule.state([POINTS[each] for each in points.split()])


@pytest.mark.parametrize(
    ("points", "by_missing", "by_ignore", "by_breaching", "by_not_breaching"),
    [
        ("0 - X - X", OK, OK, OK, OK),
        ("0 - - - -", OK, OK, OK, OK),
        ("- - - - -", INSUFFICIENT, None, ALARM, OK),
        ("0 X X - X", ALARM, ALARM, ALARM, ALARM),
        ("- - - - X", INSUFFICIENT, None, ALARM, OK),
        ("X - - - -", ALARM, None, ALARM, OK),
    ],
)
def test_three_of_three(
    points: str,
    by_missing: State | None,
    by_ignore: State | None,
    by_breaching: State | None,
    by_not_breaching: State | None,
) -> None:
    """An alarm on 3 of 3 data points has the states in AWS's first table."""
    assert state(points, 3, 3, Missing.MISSING) == by_missing
    assert state(points, 3, 3, Missing.IGNORE) == by_ignore
    assert state(points, 3, 3, Missing.BREACHING) == by_breaching
    assert state(points, 3, 3, Missing.NOT_BREACHING) == by_not_breaching


@pytest.mark.parametrize(
    ("points", "by_missing", "by_ignore", "by_breaching", "by_not_breaching"),
    [
        ("0 - X - X", ALARM, ALARM, ALARM, ALARM),
        ("0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
        ("0 - X - -", OK, OK, ALARM, OK),
        ("- - - - 0", OK, OK, ALARM, OK),
        ("- - - - X", INSUFFICIENT, None, ALARM, OK),
    ],
)
def test_two_of_three(
    points: str,
    by_missing: State | None,
    by_ignore: State | None,
    by_breaching: State | None,
    by_not_breaching: State | None,
) -> None:
    """An alarm on 2 of 3 data points has the states in AWS's second table."""
    assert state(points, 3, 2, Missing.MISSING) == by_missing
    assert state(points, 3, 2, Missing.IGNORE) == by_ignore
    assert state(points, 3, 2, Missing.BREACHING) == by_breaching
    assert state(points, 3, 2, Missing.NOT_BREACHING) == by_not_breaching


@pytest.mark.parametrize("missing", list(Missing))
def test_one_of_one_is_the_newest(missing: Missing) -> None:
    """An alarm on 1 of 1 data points depends only on the newest value, however missing data is treated."""
    assert state("X X 0", 1, 1, missing) == OK
    assert state("0 0 X", 1, 1, missing) == ALARM
    assert state("0 X -", 1, 1, missing) == ALARM


def test_more_periods_are_looked_at_than_evaluated() -> None:
    """More periods are evaluated than configured, such as 5 for an alarm on 3, as in AWS's tables."""
    assert [Rule(periods=n, to_alarm=1).evaluated for n in (1, 3, 9)] == [3, 5, 12]
