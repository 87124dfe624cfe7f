"""Filter expressions, read into a question to a trace.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

Read are boolean, number and string keywords, annotations (`annotation[key]`, and `annotation.key` as older
expressions have it), `service("name")` with a filter of its own in braces, AND, OR, ! and parentheses. AND
binds closer than OR. Not read are edges, groups, the id function and root causes: such an expression is
refused rather than answered wrongly.
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sandbox.services.xray.subject import Subject, Value

MOST_CHARACTERS = 2000
"""What https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html once allowed."""

MOST_NESTED = 50

type Filter = Callable[[Subject], bool]

_FLAGS = {"ok", "error", "throttle", "fault", "partial"}
_NUMBERS = {"responsetime", "duration", "http.status"}
_STRINGS = {"http.url", "http.method", "http.useragent", "http.clientip", "user", "name", "type"}
_EQUALITY: dict[str, Callable[..., bool]] = {"=": operator.eq, "!=": operator.ne}
_ON_NUMBERS = _EQUALITY | {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ON_STRINGS: dict[str, Callable[..., bool]] = _EQUALITY | {
    "CONTAINS": operator.contains,
    "BEGINSWITH": str.startswith,
    "ENDSWITH": str.endswith,
}
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<annotation> annotation (?: \[ \s* [^\]\s]+ \s* \] | \. [\w:-]+ ) )
    | (?P<string> "(?: [^"\\] | \\. )*" )
    | (?P<number> -? \d+ (?: \.\d+ )? (?![\w.]) )
    | (?P<word> [A-Za-z_] [\w.]* )
    | (?P<sign> <= | >= | != | [=<>!(){}] )
    )""",
    re.VERBOSE,
)


class UnreadableFilter(Exception):
    """It is no filter expression, or one that this sandbox does not understand."""


class _Token(NamedTuple):
    kind: str
    text: str


_END = _Token("end", "the end")


def read(expression: str) -> Filter:
    """The question that an expression is. Raises UnreadableFilter."""
    if len(expression) > MOST_CHARACTERS:
        raise UnreadableFilter(f"it has more than {MOST_CHARACTERS} characters")
    reader = _Reader(_tokens(expression))
    found = reader.alternatives()
    reader.expect(_END.text)
    return found


def _tokens(expression: str) -> Iterator[_Token]:
    at, text = 0, expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise UnreadableFilter(f"nothing is known to begin with {text[at:].strip()[:40]!r}")
        yield _Token(match.lastgroup, match[match.lastgroup])
        at = match.end()


class _Reader:
    """Recursive descent: alternatives of conjunctions of terms."""

    def __init__(self, tokens: Iterable[_Token]) -> None:
        self._tokens = [*tokens, _END]
        self._nested = 0

    def alternatives(self) -> Filter:
        parts = [self._conjunction()]
        while self._next_is("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda subject: any(part(subject) for part in parts)

    def expect(self, text: str) -> None:
        if not self._next_is(text):
            raise UnreadableFilter(f"{text} is expected in place of {self._tokens[0].text[:40]}")

    def _conjunction(self) -> Filter:
        parts = [self._term()]
        while self._next_is("AND"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda subject: all(part(subject) for part in parts)

    def _term(self) -> Filter:
        self._nested += 1
        if self._nested > MOST_NESTED:
            raise UnreadableFilter("it is nested too deeply")
        found = self._question()
        self._nested -= 1
        return found

    def _question(self) -> Filter:
        if self._next_is("!"):
            denied = self._term()
            return lambda subject: not denied(subject)
        if self._next_is("("):
            found = self.alternatives()
            self.expect(")")
            return found
        token = self._tokens.pop(0) if self._tokens[0] is not _END else _END
        word = token.text.lower()
        if token.kind == "annotation":
            return self._annotation(token.text[len("annotation") :].strip(".[] \t\r\n"))
        if token.kind == "word" and word == "service":
            return self._service()
        if token.kind == "word" and word in _FLAGS:
            return self._flag(word)
        if token.kind == "word" and word in _NUMBERS:
            return self._compared(lambda subject: subject.numbers.get(word, ()), (int, float))
        if token.kind == "word" and word in _STRINGS:
            return self._compared(lambda subject: subject.strings.get(word, ()), (str,))
        raise UnreadableFilter(f"{token.text[:40]} is not a keyword that is known here")

    def _flag(self, name: str) -> Filter:
        def holds(subject: Subject) -> bool:
            return name in subject.flags

        if self._tokens[0].text not in _EQUALITY:
            return holds
        compare, value = self._comparison((bool,))
        return lambda subject: compare(holds(subject), value)

    def _annotation(self, name: str) -> Filter:
        def values(subject: Subject) -> tuple[Value, ...]:
            return subject.annotations.get(name, ())

        if self._tokens[0].text.upper() not in {*_ON_NUMBERS, *_ON_STRINGS}:
            return lambda subject: bool(values(subject))
        return self._compared(values, (str, int, float, bool))

    def _service(self) -> Filter:
        self.expect("(")
        name = None if self._tokens[0].text == ")" else self._value((str,))
        self.expect(")")
        inner: Filter = lambda _: True  # noqa: E731
        if self._next_is("{"):
            inner = self.alternatives()
            self.expect("}")
        return lambda subject: any(
            (name is None or name in each.strings["name"]) and inner(each) for each in subject.services
        )

    def _compared(self, values: Callable[[Subject], Iterable[Value]], types: tuple[type, ...]) -> Filter:
        compare, value = self._comparison(types)
        alike = (bool,) if isinstance(value, bool) else (str,) if isinstance(value, str) else (int, float)

        def matches(each: Value) -> bool:
            return isinstance(each, alike) and isinstance(each, bool) == isinstance(value, bool)

        return lambda subject: any(matches(each) and compare(each, value) for each in values(subject))

    def _comparison(self, types: tuple[type, ...]) -> tuple[Callable[..., bool], Value]:
        sign = self._tokens.pop(0) if self._tokens[0] is not _END else _END
        value = self._value(types)
        if isinstance(value, bool):
            known = _EQUALITY
        else:
            known = _ON_STRINGS if isinstance(value, str) else _ON_NUMBERS
        if sign.text.upper() not in known:
            raise UnreadableFilter(f"{sign.text[:40]} does not compare with {value}")
        return known[sign.text.upper()], value

    def _value(self, types: tuple[type, ...]) -> Value:
        token = self._tokens.pop(0) if self._tokens[0] is not _END else _END
        value: Value
        if token.kind == "string" and str in types:
            value = re.sub(r"\\(.)", r"\1", token.text[1:-1])
        elif token.kind == "number" and float in types:
            value = float(token.text)
        elif token.kind == "word" and token.text.lower() in ("true", "false") and bool in types:
            value = token.text.lower() == "true"
        else:
            raise UnreadableFilter(f"{token.text[:40]} is no value to compare with here")
        return value

    def _next_is(self, text: str) -> bool:
        """Whether the next token is that; then it is taken."""
        token = self._tokens[0]
        if token.kind == "string" or token.text.upper() != text.upper():
            return False
        if token is not _END:
            self._tokens.pop(0)
        return True
