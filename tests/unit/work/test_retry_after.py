"""Retry-After in the forms that servers send."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.domain.retry_after import retry_after_seconds

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("120", 120.0),
        (" 120 ", 120.0),
        ("9" * 5000, float("inf")),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("5, 10", None),
        ("Sat, 31 Jan 2026 12:02:00 GMT", 120.0),
        ("Saturday, 31-Jan-26 12:02:00 GMT", 120.0),  # obsolete, but still to be accepted
        ("Sat Jan 31 12:02:00 2026", 120.0),  # asctime's format: without a zone, in GMT
        ("Sat, 31 Jan 2026 13:02:00 +0100", 120.0),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0.0),  # past
        ("Sat, 31 Jan 99999 11:00:00 GMT", None),
        ("Sat, 31 Jan 2026 12:02:00 +9999999999999", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """Both forms of RFC 9110 give seconds from now; anything else gives None."""
    assert retry_after_seconds(header, NOW) == seconds


@given(st.text() | st.from_regex(r"\A\w{3}, \d{1,3} \w{3} \d{1,6} \d+:\d+:\d+ [+-]?\w{0,20}\Z"))
@example("Sat, 31 Jan 2026 12:02:00 +99999999999999999999")
@example("Sat, 31 Jan 0000 12:02:00 GMT")
def test_no_header_breaks_the_reading_of_it(header: str) -> None:
    """Any text gives seconds, never negative, or None."""
    seconds = retry_after_seconds(header, NOW)
    assert seconds is None or seconds >= 0
