"""The value of an expression of metric math, computed from the queries that it refers to. Pure.

Our alarms use SUM(METRICS()), FILL(series, number) and IF(condition, yes, no); others are refused.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.services.cloudwatch.metric_math.syntax import (
    Call,
    InvalidExpression,
    Node,
    Number,
    Operation,
    Reference,
    parse,
)
from sandbox.services.cloudwatch.metric_math.values import Series, Value, operate

SUPPORTED = "the sandbox supports SUM(METRICS()), FILL(series, number) and IF(condition, yes, no)"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The values that an expression may refer to."""

    resolve: Callable[[str], Value]
    """Return the value of another query by its id; raises InvalidExpression."""
    metrics: Callable[[], Sequence[Series]]
    """Return all metrics of the request: METRICS()."""
    times: range
    """The start of each period asked for."""


def evaluate(expression: str, scope: Scope) -> Value:
    """Return the value of an expression. Raises InvalidExpression."""
    return _value(parse(expression), scope)


def _value(node: Node, scope: Scope) -> Value:
    match node:
        case Number(value):
            return value
        case Reference(id):
            return scope.resolve(id)
        case Operation():
            return _result(node, scope)
        case Call("SUM", (Call("METRICS", ()),)):
            return _sum(scope.metrics())
        case Call("FILL", (of, Number(by))):
            return _fill(_value(of, scope), by, scope.times)
        case Call("IF", (condition, yes, no)):
            return _choose(*(_value(each, scope) for each in (condition, yes, no)))
        case Call(name):
            raise InvalidExpression(f"{name} cannot be used so; {SUPPORTED}")


def _result(operation: Operation, scope: Scope) -> Value:
    """Compute a chain of operations. It may be long, so this does not recurse into its left side."""
    chain, first = [operation], operation.left
    while isinstance(first, Operation):
        chain.append(first)
        first = first.left
    value = _value(first, scope)
    for each in reversed(chain):
        value = operate(each.operator, value, _value(each.right, scope))
    return value


def _sum(metrics: Sequence[Series]) -> Series:
    """Add up the metrics: the sum has a value wherever one of them has one."""
    if not metrics:
        raise InvalidExpression("METRICS() has no metrics")
    times = sorted({at for each in metrics for at in each.points})
    points = {at: math.fsum(each.points[at] for each in metrics if at in each.points) for at in times}
    return Series(points, metrics[0].period)


def _fill(value: Value, by: float, times: range) -> Series:
    """Put a number wherever the series has no value."""
    if not isinstance(value, Series):
        raise InvalidExpression("FILL takes a series")
    return value.of({**dict.fromkeys(times, by), **value.points})


def _choose(condition: Value, yes: Value, no: Value) -> Value:
    """At each time, take the value of `yes` or `no` by the condition."""
    if not isinstance(condition, Series):
        return yes if condition else no
    return condition.of({at: _at(yes if holds else no, at) for at, holds in condition.points.items()})


def _at(value: Value, at: int) -> float | None:
    return value.points.get(at) if isinstance(value, Series) else value
