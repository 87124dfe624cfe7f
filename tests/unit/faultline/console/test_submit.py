"""The kind of work with which the form begins."""

import pytest

from faultline.console.submit import chosen


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("mail", ("mail", "")),
        ("", ("echo", "")),
        ("gone", ("echo", "There is no kind of work gone.")),
    ],
)
def test_another_kind_than_the_wanted_one_is_said(wanted: str, found: tuple[str, str]) -> None:
    assert chosen(["echo", "mail"], wanted) == found
