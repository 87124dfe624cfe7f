"""Pages: each item once, and new ones do no harm."""

import pytest

from sandbox.services.xray import paging
from sandbox.services.xray.paging import PAGE, InvalidToken


def test_pages_have_everything_once() -> None:
    items = [f"{number:04}" for number in range(2 * PAGE + 1)]
    seen: list[str] = []
    token = None
    while True:
        page, token = paging.page(reversed(items), key=str, token=token)
        seen += page
        items = ["-", *items]  # one more, of a place that was passed
        if token is None:
            break
    assert seen == [f"{number:04}" for number in range(2 * PAGE + 1)]


def test_a_full_page_may_be_the_last() -> None:
    assert paging.page(["a"] * PAGE, key=str, token=None)[1] is None


@pytest.mark.parametrize("token", ["", "x", "====", "\u00e4", "Mjph"])
def test_a_token_of_somebody_else_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        paging.page([], key=str, token=token)
