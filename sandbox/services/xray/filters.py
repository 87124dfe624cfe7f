"""Filter expressions on annotations: `annotation.task_id = "x" AND annotation.kind = "echo"`.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
Annotations are written `annotation.key` or `annotation[key]`, and their values are strings. Other expressions
are refused.
"""

import re
from collections.abc import Callable, Collection, Mapping

from sandbox.services.xray.document import Value

MAX_CHARACTERS = 2000
"""Maximum length, formerly stated by https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html"""

type Filter = Callable[[Mapping[str, Collection[Value]]], bool]
"""Returns whether a trace matches, given the values of its annotations."""

_TERM = re.compile(
    r"""annotation (?: \[ \s* (?P<bracketed> [^\]\s]+ ) \s* \] | \. (?P<dotted> [\w:-]+ ) )
    \s* = \s* "(?P<value> (?: [^"\\] | \\. )* )" """.strip(),
    re.VERBOSE,
)
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)


class UnreadableFilter(Exception):
    """The sandbox cannot read the filter expression."""


def read(expression: str) -> Filter:
    """Parse a filter expression.

    Raises:
        UnreadableFilter: The sandbox cannot parse the expression.
    """
    if len(expression) > MAX_CHARACTERS:
        raise UnreadableFilter(f"it has more than {MAX_CHARACTERS} characters")
    text, at = expression.strip(), 0
    wanted: list[tuple[str, str]] = []
    while True:
        term = _TERM.match(text, at)
        if term is None:
            raise UnreadableFilter(
                f'the sandbox supports annotation.key = "value", joined by AND, not {text[at : at + 40]!r}'
            )
        wanted.append((term["bracketed"] or term["dotted"], re.sub(r"\\(.)", r"\1", term["value"])))
        at = term.end()
        if at == len(text):
            return lambda annotations: all(value in annotations.get(name, ()) for name, value in wanted)
        joined = _AND.match(text, at)
        if joined is None:
            raise UnreadableFilter(f"AND is expected in place of {text[at:].strip()[:40]!r}")
        at = joined.end()
