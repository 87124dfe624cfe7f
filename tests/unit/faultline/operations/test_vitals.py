"""The vital signs in the console's overview."""

from dataclasses import fields
from typing import Any

from faultline.operations.vitals import Vitals, latest, total


def vitals(**values: Any) -> Vitals:
    names = {each.name for each in fields(Vitals)} - {"period"}
    nothing: dict[str, Any] = {name: [None, None] for name in names}
    return Vitals(period=120, **{**nothing, **values})


def test_the_newest_value_and_the_sum_of_those_that_there_are() -> None:
    assert (latest([1, 2, None]), latest([None]), total([1, None, 2])) == (2, None, 3)


def test_the_share_of_attempts_that_failed() -> None:
    found = vitals(attempts=[4, 4], retries=[1, None], given_up=[None, 1])
    assert found.failed_share == 0.25
    assert found.minutes == 4
    assert vitals().failed_share is None


def test_it_is_never_more_than_all() -> None:
    """The failed share is at most 1, even if attempts from before the period fail within it."""
    assert vitals(attempts=[1, None], retries=[2, None]).failed_share == 1
