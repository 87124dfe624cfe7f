"""Metric math: the value of an expression, by the other queries that it refers to. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.services.cloudwatch.metric_math import functions
from sandbox.services.cloudwatch.metric_math.syntax import (
    Call,
    InvalidExpression,
    Listing,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    Word,
    parse,
)
from sandbox.services.cloudwatch.metric_math.values import Series, Value, operate


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an expression may refer to."""

    resolve: Callable[[str], Value]
    """The value of another query by its id; raises InvalidExpression."""
    metrics: Callable[[], Mapping[str, Series]]
    """Tells all metrics of the request, by their ids: what METRICS() is."""
    times: range
    """When the periods that are asked for begin."""


def evaluate(expression: str, scope: Scope) -> Value:
    """The value of an expression. Raises InvalidExpression."""
    return _value(parse(expression), scope)


def _value(node: Node, scope: Scope) -> Value:
    match node:
        case Number(value):
            return value
        case Reference(id):
            return scope.resolve(id)
        case Operation():
            return _result(node, scope)
        case Listing(items):
            return _array(items, scope)
        case Call(name, arguments):
            return _call(name, arguments, scope)
        case Text(value) | Word(value):
            raise InvalidExpression(f"unexpected {value!r}")


def _result(operation: Operation, scope: Scope) -> Value:
    """Of a chain of operations; it may be long, and so is not gone down by calls of calls."""
    chain, first = [operation], operation.left
    while isinstance(first, Operation):
        chain.append(first)
        first = first.left
    value = _value(first, scope)
    for each in reversed(chain):
        value = operate(each.operator, value, _value(each.right, scope))
    return value


def _array(items: tuple[Node, ...], scope: Scope) -> list[Series]:
    array: list[Series] = []
    for each in items:
        match _value(each, scope):
            case float():
                raise InvalidExpression("an array is of series")
            case Series() as series:
                array.append(series)
            case list(others):
                array += others
    return array


def _call(name: str, arguments: tuple[Node, ...], scope: Scope) -> Value:
    least, most = _ARGUMENTS.get(name, (-1, -1))
    if most < 0:
        raise InvalidExpression(f"the function {name} is not supported")
    if not least <= len(arguments) <= most:
        raise InvalidExpression(f"{name} takes {least}{f' to {most}' if most > least else ''} arguments")
    match name, arguments:
        case "METRICS", _:
            return _metrics(arguments, scope)
        case "PERIOD", (of,):
            return _period(_value(of, scope))
        case "FILL", (of, Word(functions.REPEAT | functions.LINEAR as way)):
            return functions.fill(_value(of, scope), way, scope.times)
    values = [_value(each, scope) for each in arguments]
    match name, values:
        case "FILL", (value, float(by)):
            return functions.fill(value, by, scope.times)
        case "FILL", _:
            raise InvalidExpression("FILL takes a number, REPEAT or LINEAR")
        case "IF", (condition, yes, *no):
            return functions.choose(condition, yes, no[0] if no else None)
        case "DIFF" | "RATE", (value,):
            return functions.difference(value, per_second=name == "RATE")
    if name in functions.AGGREGATES:
        return functions.aggregate(name, values[0])
    return functions.for_each(name, values[0])


_ARGUMENTS = {
    **dict.fromkeys([*functions.AGGREGATES, *functions.EACH, "DIFF", "RATE", "PERIOD"], (1, 1)),
    "FILL": (2, 2),
    "IF": (2, 3),
    "METRICS": (0, 1),
}
"""The functions there are, and how many arguments each takes at least and at most."""


def _metrics(arguments: tuple[Node, ...], scope: Scope) -> list[Series]:
    """All metrics, or those whose id has a text in it."""
    match arguments:
        case ():
            return list(scope.metrics().values())
        case (Text(part),):
            return [series for id, series in scope.metrics().items() if part in id]
    raise InvalidExpression("METRICS takes a text")


def _period(value: Value) -> float:
    if isinstance(value, Series):
        return float(value.period)
    raise InvalidExpression("PERIOD takes one series")
