"""Regular expressions, as AWS has them."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.pattern import parse_pattern
from sandbox.services.logs.filter_patterns.regex import Regex


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        ("%AUTHORIZED%", ["[ERROR 401] UNAUTHORIZED REQUEST"], ["authorized", ""]),
        ("%^[hc]at%", ["hat", "cats"], ["a cat"]),
        ("%[hc]at$%", ["a hat", "cat\n"], ["cats", "cat\n\n", "cat\r"]),
        ("%^colou?r$%", ["color", "colour"], ["colouur"]),
        ("%[abcx-z]%", ["b", "y"], ["d"]),
        ("%[^a-z]%", ["B", "é"], ["b"]),
        (r"%[\d\]_-]%", ["5", "]", "_", "-"], ["a", "\\"]),
        (r"%[\x30-\x39]%", ["5"], ["a"]),
        ("%^a{3,5}$%", ["aaa", "aaaaa"], ["aa", "aaaaaa"]),
        ("%^a{2}$%", ["aa"], ["a", "aaa"]),
        ("%^a{2,}$%", ["aa", "aaaa"], ["a"]),
        ("%^a{,2}$%", ["", "aa"], ["aaa"]),
        ("%^a{0}b$%", ["b"], ["ab"]),
        ("%gra|ey%", ["gray", "grey"], ["gry"]),
        ("%^starting|^shutting down%", ["shutting down now"], ["now starting"]),
        ("%abcc|ab[^c]$%", ["abcc ...", "aba"], ["aba ..."]),
        (r"%\[.\]%", ["[a]", "[]]", "[ ]"], ["[]"]),
        (r"%10\.10\.0\.1%", ["10.10.0.1"], ["10010,051"]),
        ("%10.10.0.1%", ["10.10.0.1", "10010,051"], ["1010.0.1"]),
        ("%ab*c%", ["ac", "abbbc"], ["bc"]),
        ("%ab+c%", ["abc", "abbc"], ["ac"]),
        (r"%^ERROR\s[0-9]{3}$%", ["ERROR 500", "ERROR\n500"], ["ERROR 50", "ERROR 5000", "xERROR 500"]),
        (r"%^\w+\W\D\S$%", ["a_1 bc"], ["a_1 2c", "a b "]),
        (r"%\x28\x21%", ["hello(!"], ["hello!"]),
        ("%a.c%", ["a\nc"], ["ac"]),
        ("%%", ["", "anything"], []),
        ("%a|%", ["", "b"], []),
    ],
)
def test_expressions(pattern: str, found: list[str], not_found: list[str]) -> None:
    """Most of them are AWS's examples."""
    matches = parse_pattern(pattern)
    assert [each for each in found if not matches(each)] == []
    assert [each for each in not_found if matches(each)] == []


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%^(ERROR|WARN)%", "Invalid character(s) in term '%^('"),
        ("%hello!%", "Invalid character(s) in term '%hello!'"),
        ("%café%", "Invalid character(s) in term '%café'"),
        ("%ERROR(?= 500)%", "Invalid character(s) in term '%ERROR('"),
        ("%open", "Invalid character(s) in term '%open'"),
        ("%[abc%", "Failed to compile regular expression."),
        ("%[z-a]%", "Failed to compile regular expression."),
        ("%*a%", "Failed to compile regular expression."),
        ("%a**%", "Failed to compile regular expression."),
        ("%a{3,2}%", "Failed to compile regular expression."),
        ("%a{}%", "Failed to compile regular expression."),
        ("%a{999999999999999}%", "Failed to compile regular expression."),
        ("%a{1000}b{1000}c{1000}%", "Failed to compile regular expression."),
        ("%a^b%", "Failed to compile regular expression."),
        ("%a$b%", "Failed to compile regular expression."),
        (r"%\1%", "Failed to compile regular expression."),
        (r"%\x9%", "Failed to compile regular expression."),
        ("%a% b", "Invalid filter pattern"),
        (r"{ $.a = %(x)% }", "Invalid character(s) in term '%('"),
        (
            "{ $.v = %A% || $.v = %B% || $.v = %C% }",
            "Your input has exceeded the maximum of 2 regular expressions per filter pattern.",
        ),
    ],
)
def test_what_is_no_expression(pattern: str, message: str) -> None:
    """Groups, what AWS does not list, and what cannot be understood."""
    with pytest.raises(InvalidPattern) as refused:
        parse_pattern(pattern)
    assert str(refused.value) == message


ITEMS = st.tuples(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\S"]),
    st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,3}", "{2,}"]),
).map("".join)
SEQUENCES = st.tuples(
    st.sampled_from(["", "", "^"]), st.lists(ITEMS, max_size=5).map("".join), st.sampled_from(["", "", "$"])
).map("".join)


@given(st.lists(SEQUENCES, min_size=1, max_size=3).map("|".join), st.text(alphabet="abc1 \n", max_size=12))
@settings(max_examples=500)
def test_found_is_what_python_finds(source: str, text: str) -> None:
    """Python's `re` knows the same language, and more."""
    assert Regex(source).search(text) == bool(re.search(source, text, re.DOTALL | re.ASCII))


@pytest.mark.parametrize(
    "source", ["a*" * 200 + "[bc]", ".*".join("x" * 100) + "[bc]", "a{1,9}" * 100 + "[bc]"]
)
def test_time_grows_with_the_text_only(source: str) -> None:
    """Where `re` would not come to an end: 100,000 characters."""
    search: Callable[[str], bool] = Regex(source).search
    begun = time.process_time()
    assert not search("ax" * 40_000 + "a" * 20_000)
    assert time.process_time() - begun < 5
