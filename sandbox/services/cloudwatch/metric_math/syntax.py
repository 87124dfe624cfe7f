"""Parse the metric math that our alarms use.

    compared := sum [("<" | "<=" | ">" | ">=") sum]
    sum      := product {("+" | "-") product}
    product  := one {("*" | "/") one}
    one      := number | id | FUNCTION "(" [compared {"," compared}] ")" | "(" compared ")"

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
Pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARACTERS = 2048
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
MAX_DEPTH = 40

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z]\w*)|(?P<sign><=|>=|[-+*/<>(),]))", re.ASCII
)


class InvalidExpression(Exception):
    """The expression cannot be parsed or evaluated; the message is one line."""


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Reference:
    """Another query's id, which begins with a lower-case letter."""

    id: str


@dataclass(frozen=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Operation:
    """An operator between two expressions."""

    operator: str
    left: "Node"
    right: "Node"


type Node = Number | Reference | Call | Operation


@lru_cache(256)
def parse(text: str) -> Node:
    """Return the tree of an expression. Raises InvalidExpression."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidExpression(f"it has more than {MAX_CHARACTERS} characters")
    parser = _Parser(list(_tokens(text)))
    tree = parser.compared()
    parser.end()
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return the kind and text of each token."""
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if not token:
            raise InvalidExpression(f"unexpected {text[at:].strip()[0]!r}")
        kind = str(token.lastgroup)
        found.append((kind, token[kind]))
        at = token.end()
    return found


class _Parser:
    """A method for each rule of the grammar."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise InvalidExpression(f"unexpected {self._tokens[self._at][1]!r}")

    def compared(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InvalidExpression(f"it is nested more than {MAX_DEPTH} deep")
        tree = self._sum()
        if operator := self._take("<", "<=", ">", ">="):
            tree = Operation(operator, tree, self._sum())
        self._depth -= 1
        return tree

    def _sum(self) -> Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Node:
        return self._chain(self._one, "*", "/")

    def _one(self) -> Node:
        if self._take("("):
            inner = self.compared()
            self._need(")")
            return inner
        if self._at == len(self._tokens):
            raise InvalidExpression("unexpected end")
        kind, value = self._tokens[self._at]
        self._at += 1
        match kind:
            case "number":
                return Number(float(value))
            case "word" if value[0].islower():
                return Reference(value)
            case "word" if self._take("("):
                return Call(value, self._arguments())
        raise InvalidExpression(f"unexpected {value!r}")

    def _chain(self, part: Callable[[], Node], *operators: str) -> Node:
        tree = part()
        while operator := self._take(*operators):
            tree = Operation(operator, tree, part())
        return tree

    def _arguments(self) -> tuple[Node, ...]:
        arguments: list[Node] = []
        while not self._take(")"):
            if arguments:
                self._need(",")
            arguments.append(self.compared())
        return tuple(arguments)

    def _take(self, *signs: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in {("sign", each) for each in signs}:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise InvalidExpression(f"{sign!r} is missing")
