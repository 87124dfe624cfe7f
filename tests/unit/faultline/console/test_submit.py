"""The kind of work with which the form begins, and what it submits."""

from typing import Any

import pytest
from nicegui import Client

from faultline.console.submit import Submit, chosen
from tests.unit.faultline.console.screens import StillFrame, on_a_page


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


KIND = {
    "name": "echo",
    "payload": {},
    "retry": {"initialInterval": 1, "maximumAttempts": 3},
    "longestSeconds": 10,
}
COPIED: dict[str, Any] = {"taskId": "t", "type": "echo", "payload": {}, "tags": ["Müller, Jan", "night"]}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (None, ["Müller, Jan", "night"]),
        ("Müller, Jan, night ", ["Müller, Jan", "night"]),
        ("night, day,, ", ["night", "day"]),
        (" , ", None),
        ("", None),
    ],
)
def test_a_copy_has_the_tags_of_its_original(typed: str | None, expected: list[str] | None) -> None:
    """A tag may contain a comma, which separates those that are typed."""

    async def check(frame: StillFrame, _: Client) -> None:
        screen = Submit(frame, "", "t")
        screen.build()
        await frame.refresh()
        if typed is not None:
            screen._optional["tags"].value = typed
        assert screen._given().get("tags") == expected

    tasks: dict[str, Any] = {"tasks": []}
    on_a_page(check, **{"/kinds": {"kinds": [KIND]}, "/tasks": tasks, "/tasks/t": COPIED})
