"""The value of a metric math expression, computed from the queries that it refers to.

Our alarms use arithmetic, comparisons, SUM(METRICS()), FILL(series, number) and IF(condition, yes, no), whose
syntax is also valid Python, so Python's parser reads them. Everything else is refused.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sandbox.services.cloudwatch.metric_math.values import (
    Calculate,
    InvalidExpression,
    Series,
    Value,
    calculate,
)

SUPPORTED = (
    "the sandbox supports + - * / < <= > >=, SUM(METRICS()), FILL(series, number), IF(condition, yes, no)"
)
MAX_CHARACTERS = 2048
"""Maximum length of an expression: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""

# True is 1, false is 0, and division by zero has no value.
_OPERATORS: Mapping[type[ast.AST], Calculate] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right if right else None,
    ast.Lt: lambda left, right: float(left < right),
    ast.LtE: lambda left, right: float(left <= right),
    ast.Gt: lambda left, right: float(left > right),
    ast.GtE: lambda left, right: float(left >= right),
}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The values that an expression may refer to."""

    resolve: Callable[[str], Value]
    """Return the value of another query by its id; raises InvalidExpression."""
    metrics: Callable[[], Sequence[Series]]
    """Return all metrics of the request: METRICS()."""
    times: range
    """The start of each requested period."""


def evaluate(expression: str, scope: Scope) -> Value:
    """Return the value of an expression.

    Raises:
        InvalidExpression: The expression cannot be parsed or evaluated.
    """
    tree = _parse(expression)
    try:
        return _value(tree, scope)
    except RecursionError as error:
        raise InvalidExpression("it is nested too deeply") from error


@lru_cache(256)
def _parse(expression: str) -> ast.expr:
    if len(expression) > MAX_CHARACTERS:
        raise InvalidExpression(f"it has more than {MAX_CHARACTERS} characters")
    try:
        return ast.parse(" ".join(expression.split()), mode="eval").body
    except SyntaxError as error:
        raise InvalidExpression(error.msg) from error
    except (ValueError, RecursionError, MemoryError) as error:  # a zero byte, or nested too deep
        raise InvalidExpression(str(error)) from error


def _value(node: ast.expr, scope: Scope) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=id) if id[0].islower():
            return scope.resolve(id)
        case (
            ast.BinOp(left=left, op=sign, right=right)
            | ast.Compare(left=left, ops=[sign], comparators=[right])
        ) if type(sign) in _OPERATORS:
            return calculate(_OPERATORS[type(sign)], _value(left, scope), _value(right, scope))
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
            return _call(function, arguments, scope)
    raise InvalidExpression(f"{ast.unparse(node)} is not understood; {SUPPORTED}")


def _call(function: str, arguments: Sequence[ast.expr], scope: Scope) -> Value:
    match function, arguments:
        case "SUM", [ast.Call(func=ast.Name(id="METRICS"), args=[], keywords=[])]:
            return _sum(scope.metrics())
        case "FILL", [series, ast.Constant(value=int() | float() as number)]:
            return _fill(_value(series, scope), float(number), scope.times)
        case "IF", [condition, yes, no]:
            return _choose(*(_value(each, scope) for each in (condition, yes, no)))
    raise InvalidExpression(f"{function} cannot be used like this; {SUPPORTED}")


def _sum(metrics: Sequence[Series]) -> Series:
    """Add up the metrics; the sum has a value wherever at least one of them has one."""
    if not metrics:
        raise InvalidExpression("METRICS() has no metrics")
    times = sorted({at for each in metrics for at in each.points})
    points = {at: math.fsum(each.points[at] for each in metrics if at in each.points) for at in times}
    return Series(points, metrics[0].period)


def _fill(value: Value, by: float, times: range) -> Series:
    """Fill the gaps of a series with a number."""
    if not isinstance(value, Series):
        raise InvalidExpression("FILL takes a series")
    return value.of({**dict.fromkeys(times, by), **value.points})


def _choose(condition: Value, yes: Value, no: Value) -> Value:
    """Take the value of `yes` or `no` at each time, depending on the condition."""
    if not isinstance(condition, Series):
        return yes if condition else no
    return condition.of({at: _at(yes if holds else no, at) for at, holds in condition.points.items()})


def _at(value: Value, at: int) -> float | None:
    return value.points.get(at) if isinstance(value, Series) else value
