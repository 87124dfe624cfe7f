"""What metric math computes with: numbers, time series and arrays of these; and its operators.

Two series yield a value where both have one. Nothing is divided by zero: there the result has none. What is
true is 1, and what is false 0:
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
    """Values by the second that their period begins at, in its order."""

    points: Mapping[int, float]
    period: int
    label: str = field(default="", compare=False)

    def map(self, change: Callable[[float], float | None]) -> "Series":
        return self.of({at: change(value) for at, value in self.points.items()})

    def of(self, points: Mapping[int, float | None]) -> "Series":
        """One of the same period; what is None, infinite or no number is left out."""
        known = {at: value for at, value in points.items() if value is not None and math.isfinite(value)}
        return Series(known, self.period, self.label)


type Value = float | Series | list[Series]


def operate(sign: str, left: Value, right: Value) -> Value:
    """Apply an operator. Raises InvalidExpression."""
    calculate = _OPERATORS[sign]
    match left, right:
        case list(), list():
            raise InvalidExpression(f"{sign} takes no two arrays")
        case list(), _:
            return [_series(operate(sign, each, right)) for each in left]
        case _, list():
            return [_series(operate(sign, left, each)) for each in right]
        case Series(), Series():
            both = [at for at in left.points if at in right.points]
            return left.of({at: calculate(left.points[at], right.points[at]) for at in both})
        case Series(), float():
            return left.map(lambda value: calculate(value, right))
        case float(), Series():
            return right.map(lambda value: calculate(left, value))
    result = calculate(_number(left), _number(right))
    if result is None or not math.isfinite(result):
        raise InvalidExpression(f"{left:g} {sign} {right:g} is no number")
    return result


def _series(value: Value) -> Series:
    assert isinstance(value, Series)
    return value


def _number(value: Value) -> float:
    assert isinstance(value, float)
    return value


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _power(left: float, right: float) -> float | None:
    try:
        result = left**right
    except (ArithmeticError, ValueError):
        return None
    return result if isinstance(result, float) else None  # a root of what is below zero is complex


_OPERATORS: Mapping[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "&&": lambda left, right: float(bool(left) and bool(right)),
    "||": lambda left, right: float(bool(left) or bool(right)),
}
