"""The list of tasks, without a server or a browser."""

import asyncio
from typing import Any

import pytest
from nicegui import Client, ui

from faultline.console.action import cancel_all
from faultline.console.confirmation import confirm_all
from faultline.console.gateway import Unavailable
from faultline.console.task_filters import TaskFilters
from faultline.console.task_list import TaskList
from tests.unit.faultline.console.offline import BulkApi
from tests.unit.faultline.console.screens import StillFrame, addresses, on_a_page, press, texts, until

NONE: dict[str, Any] = {"/tasks": {"tasks": []}, "/kinds": {"kinds": []}}
CANCELLABLE = TaskFilters(statuses=("PARKED",), typed={"tag": "night"})


def test_texts_that_are_not_applied_yet_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A click on a state or a category keeps what was typed into the fields before."""
    gone: list[str] = []

    async def check(frame: StillFrame, client: Client) -> None:
        screen = TaskList(frame, CANCELLABLE)
        screen.build()
        await frame.refresh()
        assert addresses(client)["Retrying"] == "/tasks?status=PARKED&status=RETRYING&tag=night"
        screen._inputs["type"].value = " echo "
        screen._inputs["tag"].value = None
        assert addresses(client)["Retrying"] == "/tasks?status=PARKED&status=RETRYING&type=echo"
        selects = [each for each in client.elements.values() if isinstance(each, ui.select)]
        [category] = (each for each in selects if each.props["label"] == "Category of error")
        category.value = "SYSTEM"
        assert gone == ["/tasks?status=PARKED&category=SYSTEM&type=echo"]

    monkeypatch.setattr(ui.navigate, "to", gone.append)
    on_a_page(check, **NONE)


def test_no_action_on_all_that_match_while_a_text_is_not_applied() -> None:
    """The action would be on more tasks than those that the fields seem to select."""
    api = BulkApi()

    async def check(frame: StillFrame, _: Client) -> None:
        screen = TaskList(frame, CANCELLABLE)
        screen.build()
        screen._inputs["type"].value = "echo"
        await asyncio.wait_for(screen._all(cancel_all(CANCELLABLE.conditions)), 5)
        assert frame.said == ["Press Enter in the filter that you have changed, to apply it first."]
        assert api.sent == []

    on_a_page(check, api, **NONE)


def test_a_dialog_lists_the_stage_and_the_conditions() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        with frame.page("Tasks"):
            pass
        asking = asyncio.ensure_future(confirm_all(frame, cancel_all(CANCELLABLE.conditions)))
        await until(lambda: "Cancel 3 tasks?" in texts(client))
        shown = texts(client)
        facts = shown[shown.index("Stage") :][:6]
        assert facts == ["Stage", "dev", "State", "Parked", "Tag", "night"]
        press(client, "Not now")
        assert await asking is None

    on_a_page(check, BulkApi())


SOME = "None of the tasks examined so far matches; older ones may."
UNKNOWN = Unavailable("no task", status=404)


@pytest.mark.parametrize(
    ("page", "task", "nothing", "is_found"),
    [
        ({"tasks": [], "nextToken": "x"}, {"taskId": "t"}, SOME, True),
        ({"tasks": [], "nextToken": "x"}, UNKNOWN, SOME, False),
        ({"tasks": []}, {"taskId": "t"}, "No task matches these filters.", False),
    ],
    ids=["more with this id", "more", "all"],
)
def test_a_list_that_has_examined_a_part_does_not_say_that_nothing_matches(
    page: dict[str, Any], task: Any, nothing: str, is_found: bool
) -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        TaskList(frame, TaskFilters(typed={"text": "t"})).build()
        await frame.refresh()
        assert nothing in texts(client)
        assert (addresses(client).get("t") == "/tasks/t") is is_found
        assert ("Older" in texts(client)) is ("nextToken" in page)

    on_a_page(check, **{**NONE, "/tasks": page, "/tasks/t": task})


def test_an_empty_last_page_says_nothing_of_the_newer_ones() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        TaskList(frame, TaskFilters(typed={"type": "echo"}, page="x")).build()
        await frame.refresh()
        assert "No older task matches." in texts(client)

    on_a_page(check, **NONE)
