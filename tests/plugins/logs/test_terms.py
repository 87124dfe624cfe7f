"""Filter patterns of terms, and invalid patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.pattern import MAX_LENGTH, parse_pattern

MESSAGES = [
    "ERROR ARGUMENTS REQUEST",
    "ERROR BAD REQUEST",
    "INFO ARGUMENTS",
    "INFO REQUEST",
    "error arguments request",
    "TERROR-REQUEST\nARGUMENTS",
    'say "hello world" now',
    "C:\\temp",
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6, 7]),
        (" ", [0, 1, 2, 3, 4, 5, 6, 7]),
        ('" "', [0, 1, 2, 3, 4, 5, 6, 7]),
        ("ERROR", [0, 1, 5]),
        ("error", [4]),
        ("ERROR ARGUMENTS", [0, 5]),
        ("  ARGUMENTS\tERROR ", [0, 5]),
        ('"ERROR" "ARGUMENTS"', [0, 5]),
        ('"ERROR BAD"', [1]),
        ('"ERROR ARGUMENTS BAD"', []),
        ("?BAD ?INFO", [1, 2, 3]),
        ('?"BAD REQUEST" ?INFO', [1, 2, 3]),
        ("ERROR -ARGUMENTS", [1]),
        ('ERROR - "BAD REQUEST"', [0, 5]),
        ("-REQUEST", [2, 4, 6, 7]),
        ("REQUEST -ERROR -ARGUMENTS", [3]),
        # Optional terms have no effect beside required or excluded ones.
        ("?BAD ?hello REQUEST", [0, 1, 3, 5]),
        ("?BAD -REQUEST", [2, 4, 6, 7]),
        (r'"\"hello world\""', [6]),
        (r'"C:\\temp"', [7]),
        (r'"C:\temp"', [7]),
        ('"-REQUEST"', [5]),
    ],
)
def test_terms(pattern: str, found: list[int]) -> None:
    """Terms are required, excluded or optional, and case matters."""
    matches = parse_pattern(pattern)
    assert [number for number, message in enumerate(MESSAGES) if matches(message)] == found


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("ERR*", "Invalid character(s) in term '*'"),
        ("hello-world", "Invalid character(s) in term '-'"),
        ("status:404", "Invalid character(s) in term ':'"),
        ('"ERROR', "Invalid character(s) in term '\"ERROR'"),
        ('""', "Invalid character(s) in term '\"\"'"),
        ("-", "Invalid character(s) in term ''"),
        (" { $.a = 1 }", "Invalid character(s) in term '{'"),
        ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"),
        ("[a, b]", "The sandbox does not support patterns of fields or regular expressions"),
        ("%ERR.*%", "The sandbox does not support patterns of fields or regular expressions"),
    ],
)
def test_what_is_no_pattern(pattern: str, message: str) -> None:
    """The error for an invalid pattern states the reason."""
    with pytest.raises(InvalidPattern) as refused:
        parse_pattern(pattern)
    assert str(refused.value) == message


def test_a_pattern_has_1024_characters_at_most() -> None:
    """A pattern of more than 1,024 characters, the API's limit, is refused."""
    assert parse_pattern("x" * MAX_LENGTH)("x" * MAX_LENGTH)
    with pytest.raises(InvalidPattern, match="less than or equal to 1024"):
        parse_pattern("x" * (MAX_LENGTH + 1))


@given(st.text(min_size=1), st.text(), st.text())
def test_a_quoted_phrase_is_found_wherever_it_is(phrase: str, before: str, after: str) -> None:
    """A quoted phrase of any characters is found anywhere in a message."""
    quoted = phrase.replace("\\", "\\\\").replace('"', '\\"')
    matches = parse_pattern(f'"{quoted}"')
    assert matches(before + phrase + after)
    if phrase.strip():
        assert matches(before) == (phrase in before)


@given(st.text(alphabet='ab "\\?-%{}[]()$.*=!<>&|,0\n', max_size=40), st.text(max_size=20))
def test_any_text_is_a_pattern_or_is_refused(pattern: str, message: str) -> None:
    """Any text is refused with InvalidPattern, or can be matched against any message."""
    try:
        matches = parse_pattern(pattern)
    except InvalidPattern:
        return
    assert matches(message) in (True, False)
