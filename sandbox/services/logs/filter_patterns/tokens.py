"""The words and signs of the patterns that have conditions: those for JSON, and those for fields."""

import re
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.services.logs.filter_patterns.invalid import invalid_at
from sandbox.services.logs.filter_patterns.regex_syntax import WRITTEN

type Kind = Literal["selector", "ellipsis", "sign", "operator", "string", "word", "regex", "end"]

STRING: Final = r'"(?:[^"\\]|\\.)*"'
SELECTOR: Final = r"\$(?:\.(?:[A-Za-z0-9_-]+|\*)|\.?\['[^']+'\]|(?<!\$)\[(?:[0-9]+|\*)\])+"
NUMBER: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.*])"
WORD: Final = r"[A-Za-z0-9_.*]+"

TOKEN = re.compile(
    rf"""\s*(?:
    (?P<selector>{SELECTOR})
    | (?P<ellipsis>\.\.\.)
    | (?P<sign>&&|\|\||[(),])
    | (?P<operator>!=|<=|>=|=|<|>)
    | (?P<string>{STRING})
    | (?P<word>{NUMBER}|{WORD})
    | %(?P<regex>{WRITTEN.pattern})%
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
UNREADABLE = re.compile(
    rf'\s*("(?:[^"\\]|\\.)*|%{WRITTEN.pattern}[\s\S]?|\$\.?[\s\S]?|\[[0-9]*[\s\S]?|[!&|][\s\S]?|[\s\S]?)'
)
"""As much as can be read of what is no token, and the character that cannot be."""

ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True)
class Token:
    """A string without its quotes, a regular expression without its percent signs, all else as written."""

    kind: Kind
    text: str


def tokens(text: str) -> deque[Token]:
    """All tokens of a text, the last of which is its end. Raises InvalidPattern."""
    found: deque[Token] = deque()
    at = 0
    while not found or found[-1].kind != "end":
        token = TOKEN.match(text, at)
        if token is None:
            unreadable = UNREADABLE.match(text, at)
            raise invalid_at(unreadable[1] if unreadable else text[at:])
        at = token.end()
        kind: Kind = token.lastgroup  # type: ignore[assignment] # the groups are named after the kinds
        written = token[kind]
        found.append(Token(kind, ESCAPED.sub(r"\1", written[1:-1]) if kind == "string" else written))
    return found
