"""Metric math as it is written: from a text to a tree.

    any := both {("OR" | "||") both}            sum     := product {("+" | "-") product}
    both := compared {("AND" | "&&") compared}  product := signed {("*" | "/") signed}
    compared := sum [("==" | "!=" | "<" | "<=" | ">" | ">=") sum]
    signed := "-" signed | power                power   := one ["^" signed]
    one := number | text | id | WORD | FUNCTION "(" [any {"," any}] ")" | "(" any ")" | "[" any {"," any} "]"

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
Python's own parser does not fit: there `^` binds less than `+`, and `&&` is none of its operators. Pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MOST_CHARACTERS = 2048
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
MOST_DEPTH = 40

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z]\w*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]]))",
    re.ASCII,
)


class InvalidExpression(Exception):
    """An expression that cannot be read, or not be evaluated; one line says why."""


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Reference:
    """To another query, by its id, which begins with a small letter."""

    id: str


@dataclass(frozen=True)
class Word:
    """A name in capitals without arguments, such as REPEAT."""

    name: str


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Operation:
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Listing:
    items: tuple["Node", ...]


type Node = Number | Text | Reference | Word | Call | Operation | Listing


@lru_cache(256)
def parse(text: str) -> Node:
    """The tree of an expression. Raises InvalidExpression."""
    if len(text) > MOST_CHARACTERS:
        raise InvalidExpression(f"it has more than {MOST_CHARACTERS} characters")
    parser = _Parser(list(_tokens(text)))
    tree = parser.any()
    parser.end()
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    """The kind of each token and what it is."""
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if not token:
            raise InvalidExpression(f"unexpected {text[at:].strip()[0]!r}")
        kind = str(token.lastgroup)
        value = token[kind]
        found.append(("sign" if value in _WORDS_AS_SIGNS else kind, _WORDS_AS_SIGNS.get(value, value)))
        at = token.end()
    return found


_WORDS_AS_SIGNS = {"AND": "&&", "OR": "||"}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class _Parser:
    """A method for each rule of the grammar."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise InvalidExpression(f"unexpected {self._tokens[self._at][1]!r}")

    def any(self) -> Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise InvalidExpression(f"it is nested more than {MOST_DEPTH} deep")
        tree = self._chain(self._both, "||")
        self._depth -= 1
        return tree

    def _both(self) -> Node:
        return self._chain(self._compared, "&&")

    def _compared(self) -> Node:
        left = self._sum()
        if operator := self._take(*_COMPARISONS):
            return Operation(operator, left, self._sum())
        return left

    def _sum(self) -> Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Node:
        return self._chain(self._signed, "*", "/")

    def _signed(self) -> Node:
        minus = 0
        while self._take("-"):
            minus += 1
        power = self._power()
        return Operation("-", Number(0.0), power) if minus % 2 else power

    def _power(self) -> Node:
        base = self._one()
        if not self._take("^"):
            return base
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise InvalidExpression(f"it is nested more than {MOST_DEPTH} deep")
        exponent = self._signed()
        self._depth -= 1
        return Operation("^", base, exponent)

    def _one(self) -> Node:
        if self._take("("):
            inner = self.any()
            self._need(")")
            return inner
        if self._take("["):
            return Listing(self._items("]"))
        if self._at == len(self._tokens):
            raise InvalidExpression("unexpected end")
        kind, value = self._tokens[self._at]
        self._at += 1
        match kind:
            case "number":
                return Number(float(value))
            case "text":
                return Text(value[1:-1])
            case "word" if value[0].islower():
                return Reference(value)
            case "word" if self._take("("):
                return Call(value, self._items(")"))
            case "word":
                return Word(value)
        raise InvalidExpression(f"unexpected {value!r}")

    def _chain(self, part: Callable[[], Node], *operators: str) -> Node:
        tree = part()
        while operator := self._take(*operators):
            tree = Operation(operator, tree, part())
        return tree

    def _items(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._take(closing):
            if items:
                self._need(",")
            items.append(self.any())
        return tuple(items)

    def _take(self, *signs: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in {("sign", each) for each in signs}:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise InvalidExpression(f"{sign!r} is missing")
