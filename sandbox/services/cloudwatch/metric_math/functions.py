"""Metric math's functions: of CloudWatch's those that aggregate, fill, choose and take differences.

Of a series, SUM, AVG, MIN and MAX are a number; of an array, a series with a value wherever one of its series
has one: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
METRICS and PERIOD need to know what else is asked for; they are in `evaluation`. Pure.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from sandbox.services.cloudwatch.metric_math.syntax import InvalidExpression
from sandbox.services.cloudwatch.metric_math.values import Series, Value

REPEAT = "REPEAT"
LINEAR = "LINEAR"

type Aggregate = Callable[[Sequence[float]], float]
AGGREGATES: Mapping[str, Aggregate] = {
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
EACH: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": lambda value: float(math.ceil(value)),
    "FLOOR": lambda value: float(math.floor(value)),
}


def aggregate(name: str, value: Value) -> Value:
    """SUM, AVG, MIN or MAX of a number, a series or an array. Raises InvalidExpression."""
    combine = AGGREGATES[name]
    match value:
        case float():
            return value
        case Series():
            # Of nothing it is 0: an expression's type must not hang on what there is.
            return float(combine(list(value.points.values()))) if value.points else 0.0
    if not value:
        raise InvalidExpression(f"{name} of an empty array")
    times = sorted({at for each in value for at in each.points})
    at_once = {at: [each.points[at] for each in value if at in each.points] for at in times}
    return Series({at: float(combine(values)) for at, values in at_once.items()}, value[0].period)


def for_each(name: str, value: Value) -> Value:
    """ABS, CEIL or FLOOR."""
    change = EACH[name]
    match value:
        case float():
            return change(value)
        case Series():
            return value.map(change)
    return [each.map(change) for each in value]


def difference(value: Value, *, per_second: bool) -> Value:
    """DIFF, from each value to the next; or RATE, by the seconds between them."""
    match value:
        case float():
            raise InvalidExpression("DIFF and RATE take series")
        case list():
            return [_differences(each, per_second=per_second) for each in value]
    return _differences(value, per_second=per_second)


def fill(value: Value, by: float | str, times: range) -> Value:
    """FILL: the series with a value at each of `times`.

    Args:
        value: a series, or an array of them.
        by: a number; or REPEAT, the value before; or LINEAR, between the one before and the one after.
        times: when the periods asked for begin.
    """
    match value:
        case float():
            raise InvalidExpression("FILL takes series")
        case list():
            return [_filled(each, by, times) for each in value]
    return _filled(value, by, times)


def choose(condition: Value, yes: Value, no: Value | None) -> Value:
    """IF: by the condition at a time, what `yes` or `no` has then; nothing when that is left out."""
    if any(isinstance(each, list) for each in (condition, yes, no)):
        raise InvalidExpression("IF takes no arrays")
    if isinstance(condition, float):
        if condition:
            return yes
        if no is None:
            raise InvalidExpression("IF whose condition is a number needs a third argument")
        return no
    assert isinstance(condition, Series)
    return condition.of(
        {at: _at(yes if holds else no, at) for at, holds in condition.points.items()},
    )


def _at(value: Value | None, at: int) -> float | None:
    return value.points.get(at) if isinstance(value, Series) else value  # type: ignore[return-value]


def _differences(series: Series, *, per_second: bool) -> Series:
    between = pairwise(series.points.items())
    return series.of(
        {at: (value - last) / ((at - before) if per_second else 1) for (before, last), (at, value) in between}
    )


def _filled(series: Series, by: float | str, times: range) -> Series:
    if not isinstance(by, str):
        return series.of({**dict.fromkeys(times, by), **series.points})
    points: dict[int, float | None] = {}
    known = sorted(series.points)
    for at in times:
        before = max((each for each in known if each <= at), default=None)
        after = min((each for each in known if each >= at), default=None)
        if before is None:
            continue
        low = series.points[before]
        if by == REPEAT or before == at:
            points[at] = low
        elif after is not None:
            points[at] = low + (series.points[after] - low) * (at - before) / (after - before)
    return series.of(points)
