"""The values of metric math, numbers and time series, and its operators.

Two series yield a value where both have one. A division by zero has no value. True is 1, false is 0:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
Pure.
"""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.services.cloudwatch.metric_math.syntax import InvalidExpression


@dataclass(frozen=True)
class Series:
    """Values by the second at which their period begins, in order."""

    points: Mapping[int, float]
    period: int
    label: str = field(default="", compare=False)

    def of(self, points: Mapping[int, float | None]) -> "Series":
        """Return a series of the same period, without values that are None or not finite."""
        known = {at: value for at, value in points.items() if value is not None and math.isfinite(value)}
        return Series(known, self.period, self.label)


type Value = float | Series


def operate(sign: str, left: Value, right: Value) -> Value:
    """Apply an operator. Raises InvalidExpression."""
    calculate = _OPERATORS[sign]
    match left, right:
        case Series(), Series():
            both = [at for at in left.points if at in right.points]
            return left.of({at: calculate(left.points[at], right.points[at]) for at in both})
        case Series(), float():
            return left.of({at: calculate(value, right) for at, value in left.points.items()})
        case float(), Series():
            return right.of({at: calculate(left, value) for at, value in right.points.items()})
        case float(), float():
            result = calculate(left, right)
            if result is not None and math.isfinite(result):
                return result
    raise InvalidExpression(f"{left:g} {sign} {right:g} is not a number")


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


_OPERATORS: Mapping[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
}
