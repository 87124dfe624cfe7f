"""Filter expressions of GetTraceSummaries: `annotation.kind = "echo" AND (fault OR duration > 5)`.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
Of the complex keywords only `service("name")` is known here, of the others those about a trace's summary.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from sandbox.tracing.summaries import Summary

MAX_CHARACTERS = 2000
MAX_DEPTH = 50

type Filter = Callable[[Summary], bool]
type Values = Callable[[Summary], list[Any]]

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)'
    r"|(?P<symbol>&&|\|\||<=|>=|!=|[=<>!()\[\]])|(?P<word>[A-Za-z_][\w.\-]*))"
)
_FLAGS: dict[str, Filter] = {
    "ok": lambda found: not (found.error or found.fault or found.throttle),
    "error": lambda found: found.error,
    "fault": lambda found: found.fault,
    "throttle": lambda found: found.throttle,
    "partial": lambda found: found.partial,
}
_KEYWORDS: dict[str, Values] = {
    "responsetime": lambda found: [found.response_time],
    "duration": lambda found: [found.duration],
    "http.status": lambda found: _known(found.http.get("status")),
    "http.url": lambda found: _known(found.http.get("url")),
    "http.method": lambda found: _known(found.http.get("method")),
    "http.useragent": lambda found: _known(found.http.get("user_agent")),
    "http.clientip": lambda found: _known(found.http.get("client_ip")),
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": lambda value, part: part in value,
    "beginswith": lambda value, part: value.startswith(part),
    "endswith": lambda value, part: value.endswith(part),
}


class Unreadable(ValueError):
    """The expression is none that is known here; the text says what was not understood."""


def compile_filter(expression: str) -> Filter:
    """Make a filter of an expression; an empty one lets everything through. Raises Unreadable."""
    if len(expression) > MAX_CHARACTERS:
        raise Unreadable(f"it has more than {MAX_CHARACTERS} characters")
    if not expression.strip():
        return lambda _: True
    parser = _Parser(_tokens(expression))
    found = parser.alternatives(0)
    parser.expect_end()
    return found


def _known(value: Any) -> list[Any]:
    return [] if value is None else [value]


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"not understood: {text[at : at + 20]}")
        assert match.lastgroup is not None
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def alternatives(self, depth: int) -> Filter:
        """`a OR b`."""
        return self._joined(depth, ("or", "||"), self._conjunction, any)

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise Unreadable(f"not understood: {self._tokens[self._at][1]}")

    def _conjunction(self, depth: int) -> Filter:
        return self._joined(depth, ("and", "&&"), self._negation, all)

    def _joined(
        self, depth: int, words: tuple[str, str], part: Callable[[int], Filter], join: Callable[[Any], bool]
    ) -> Filter:
        if depth > MAX_DEPTH:
            raise Unreadable("it is nested too deeply")
        parts = [part(depth)]
        while self._take(*words):
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else lambda found: join(each(found) for each in parts)

    def _negation(self, depth: int) -> Filter:
        negated = False
        while self._take("!", "not"):
            negated = not negated
        term = self._term(depth)
        return (lambda found: not term(found)) if negated else term

    def _term(self, depth: int) -> Filter:
        if self._take("("):
            inner = self.alternatives(depth + 1)
            self._expect(")")
            return inner
        kind, text = self._next()
        if kind != "word":
            raise Unreadable(f"not understood: {text}")
        word = text.lower()
        if word in _FLAGS:
            return _FLAGS[word]
        if word == "service":
            return self._service()
        return self._compared(self._values(text, word))

    def _service(self) -> Filter:
        self._expect("(")
        name = self._string()
        self._expect(")")
        return lambda found: any(service == name for service, _ in found.services)

    def _values(self, text: str, word: str) -> Values:
        if word == "annotation":
            self._expect("[")
            kind, name = self._next()
            name = _unquoted(name) if kind == "string" else name
            self._expect("]")
        elif word.startswith("annotation."):
            name = text[len("annotation.") :]
        elif word in _KEYWORDS:
            return _KEYWORDS[word]
        else:
            raise Unreadable(f"{text} is not known here")
        return lambda found: found.annotations.get(name, [])

    def _compared(self, values: Values) -> Filter:
        """A comparison with a value; or none, which asks whether there is any value."""
        sign = next((each for each in _COMPARISONS if self._take(each)), None)
        if sign is None:
            return lambda found: bool(values(found))
        wanted = self._value()
        compare = _COMPARISONS[sign]

        def holds(value: Any) -> bool:
            try:
                return bool(compare(value, wanted))
            except (TypeError, AttributeError):  # text and a number
                return False

        return lambda found: any(holds(value) for value in values(found))

    def _value(self) -> str | float | bool:
        kind, text = self._next()
        if kind == "string":
            return _unquoted(text)
        if kind == "number":
            return float(text)
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise Unreadable(f"{text} is no value")

    def _string(self) -> str:
        kind, text = self._next()
        if kind != "string":
            raise Unreadable(f"{text} is no quoted text")
        return _unquoted(text)

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise Unreadable("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *words: str) -> bool:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind in ("symbol", "word") and text.lower() in words:
                self._at += 1
                return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            raise Unreadable(f"{symbol} is missing")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
