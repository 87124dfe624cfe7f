"""The values of metric math, numbers and time series, and calculations with two of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


class InvalidExpression(Exception):
    """The expression cannot be parsed or evaluated; the message is one line."""


@dataclass(frozen=True)
class Series:
    """Values by the start of their period in seconds, in order."""

    points: Mapping[int, float]
    period: int
    label: str = field(default="", compare=False)

    def of(self, points: Mapping[int, float | None]) -> "Series":
        """Return a series of the same period, without values that are None or not finite."""
        known = {at: value for at, value in points.items() if value is not None and math.isfinite(value)}
        return Series(known, self.period, self.label)


type Value = float | Series

type Calculate = Callable[[float, float], float | None]
"""Calculates with two numbers; None where the result has no value."""


def calculate(of_numbers: Calculate, left: Value, right: Value) -> Value:
    """Calculate with numbers or series. Two series yield values where both have one.

    Raises:
        InvalidExpression: The result of two numbers is undefined or infinite.
    """
    match left, right:
        case Series(), Series():
            both = [at for at in left.points if at in right.points]
            return left.of({at: of_numbers(left.points[at], right.points[at]) for at in both})
        case Series(), float():
            return left.of({at: of_numbers(value, right) for at, value in left.points.items()})
        case float(), Series():
            return right.of({at: of_numbers(left, value) for at, value in right.points.items()})
        case float(), float():
            result = of_numbers(left, right)
            if result is not None and math.isfinite(result):
                return result
    raise InvalidExpression("the result of two numbers is not a number")
