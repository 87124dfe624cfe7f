"""Patterns of terms: `ERROR`, `"an exact phrase"`, `-EXCLUDED`, `?ONE ?OR_ANOTHER`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html
"""

import re
from collections import defaultdict
from collections.abc import Callable

from sandbox.services.logs.filter_patterns.invalid import invalid_at

TERM = re.compile(r'\s*([?-]?)\s*(?:"((?:[^"\\]|\\.)+)"|([A-Za-z0-9_]+))(?:\s+|\Z)', re.DOTALL)
UNREADABLE = re.compile(r'\s*[?-]?\s*[A-Za-z0-9_]*("(?:[^"\\]|\\.)*"?|.?)', re.DOTALL)
ESCAPED = re.compile(r'\\(["\\])')


def parse_terms(pattern: str) -> Callable[[str], bool]:
    """Return a function that returns whether a message matches.

    Terms with a question mark are ignored if there are others, as on AWS.

    Raises:
        InvalidPattern: AWS refuses the pattern.
    """
    terms: defaultdict[str, list[str]] = defaultdict(list)
    at = 0
    while at < len(pattern):
        term = TERM.match(pattern, at)
        if term is None:
            unreadable = UNREADABLE.match(pattern, at)
            raise invalid_at(unreadable[1] if unreadable else pattern[at:])
        if (phrase := _phrase(term)).strip():
            terms[term[1]].append(phrase)
        at = term.end()
    needed, excluded, optional = terms[""], terms["-"], terms["?"]
    if needed or excluded:
        return lambda message: (
            all(term in message for term in needed) and not any(term in message for term in excluded)
        )
    return lambda message: not optional or any(term in message for term in optional)


def _phrase(term: re.Match[str]) -> str:
    return term[3] or ESCAPED.sub(r"\1", term[2])
