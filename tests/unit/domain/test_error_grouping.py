"""Grouping of error reasons that differ only in numbers and ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.error_grouping import MAX_CHARACTERS, generalised
from lambdas.domain.masking import MASK


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("simulated: attempt 3 was to fail with SYSTEM", "simulated: attempt <n> was to fail with SYSTEM"),
        ("answered 503 Service Unavailable", "answered <n> Service Unavailable"),
        ("no task 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b is recorded", "no task <id> is recorded"),
        ("no task invoice-4711 is recorded", "no task invoice-<n> is recorded"),
        ("127.0.0.1:38211 took 2.5 s", "<n>:<n> took <n> s"),
        ("expired at 2026-01-31T12:00:00.000Z", "expired at <time>"),
        ("request 7f3a9c2e1b: no sha256", "request <id>: no sha<n>"),
        (f"token={MASK} of order 12", f"token={MASK} of order <n>"),
        ("nothing to take out", "nothing to take out"),
        ("x" * 500, "x" * (MAX_CHARACTERS - 1) + "…"),
        ("", ""),
    ],
)
def test_ids_times_and_numbers_are_taken_out(reason: str, shown: str) -> None:
    """Ids, times and numbers in a reason become placeholders; its words remain, and a long one is cut."""
    assert generalised(reason) == shown


@given(st.text(max_size=400) | st.text("0a-.:TZ <>", max_size=60))
def test_it_ends_after_one_time(reason: str) -> None:
    """A generalised reason has a bounded length, and generalising it again changes nothing."""
    shown = generalised(reason)
    assert len(shown) <= MAX_CHARACTERS
    assert generalised(shown) == shown
