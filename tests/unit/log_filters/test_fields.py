"""Patterns for events of fields. Most of the cases are as AWS answered; see logs.filter_patterns."""

import pytest

from sandbox.services.logs.filter_patterns.fields import split
from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.pattern import parse_pattern

MESSAGES = [
    '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534\n',
    '127.0.0.2 - jane [10/Oct/2000:13:25:16 -0700] "GET /index.html HTTP/1.0" 410 0',
    '127.0.0.3 - frank [10/Oct/2000:13:25:17 -0700] "POST /api HTTP/1.0" 500 2048',
    '127.0.0.5  -  frank [10/Oct/2000:13:25:19 -0700] "GET /index.html HTTP/1.0" 404 1534 extra',
    '127.0.0.6\t-\tfrank\t[10/Oct/2000:13:25:20 -0700]\t"GET /index.html HTTP/1.0"\t404\t1534',
    "ERROR request failed",
    "WARNING request",
    "ERROR",
    'ERROR "two words"',
    'ERROR "unterminated words',
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[]", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("[ip, identity, user, timestamp, request, status, bytes]", [0, 1, 2, 3, 4]),
        ("[ip, identity, user, timestamp, request, status >= 400, bytes > 1000]", [0, 2, 4]),
        ("[..., request = *.html*, status = 4*, bytes]", [0, 1, 4]),
        ("[..., request =*.html*, status = 4*,]", [0, 1, 4]),
        ("[..., status = 404 || status = 410, bytes]", [0, 1, 4]),
        ("[..., (status = 404 || status = 410) && status != 404, bytes]", [1]),
        (r"[ip = %127\.0\.0\.[1-3]%, a, b, c, d, e, f]", [0, 1, 2]),
        ("[..., bytes]", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("[ip, ..., status, bytes]", [0, 1, 2, 3, 4, 5, 9]),
        ("[ip, ...]", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("[w1=ERROR, w2]", [5, 8, 9]),
        ('[w1="ERROR", w2="two words"]', [8]),
        ("[w1!=ERROR && w1!=WARNING, w2]", [0, 1, 2, 3, 4]),
        ("[w1=ERROR]", [7]),
    ],
)
def test_fields(pattern: str, found: list[int]) -> None:
    """By name, by place, with an ellipsis for any number; the last has all the rest."""
    matches = parse_pattern(pattern)
    assert [number for number, message in enumerate(MESSAGES) if matches(message)] == found


@pytest.mark.parametrize(
    ("message", "most", "fields"),
    [
        ("", 0, []),
        ('a "b c" [d e] f', 0, ["a", "b c", "d e", "f"]),
        ('a "b c" [d e] f', 3, ["a", "b c", "[d e] f"]),
        ('a "b c"', 2, ["a", "b c"]),
        ("a  b  c ", 2, ["a", "b  c"]),
        ('a "b c', 0, ["a", '"b', "c"]),
        ("[a", 1, ["[a"]),
        ('"" x', 0, ["", "x"]),
    ],
)
def test_split(message: str, most: int, fields: list[str]) -> None:
    """What is enclosed is one field, without what encloses it."""
    assert split(message, most) == fields


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("[..., status, ...]", "Duplicate field '...'"),
        ("[word, word]", "Duplicate field 'word'"),
        ("[a = 1 && b = 2, b]", "Invalid filter pattern"),
        ("[a = ]", "Invalid filter pattern"),
        ("[a = 1 && ]", "Invalid filter pattern"),
        ("[= 1]", "Invalid filter pattern"),
        ("[(]", "Invalid filter pattern"),
        ("[a b]", "Invalid filter pattern"),
        ("[a.b]", "Invalid filter pattern"),
        ("[w1=!ERROR, w2]", "Invalid character(s) in term '!E'"),
    ],
)
def test_what_is_no_pattern_of_fields(pattern: str, message: str) -> None:
    """And what is said of it."""
    with pytest.raises(InvalidPattern) as refused:
        parse_pattern(pattern)
    assert str(refused.value) == message
