"""Screens whose readings fail or change."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nicegui import Client, ui

from faultline.client.api import Answer, ApiClient
from faultline.console import formatting
from faultline.console.action import Action, redrive
from faultline.console.canary import Canary, is_of_records
from faultline.console.dead_letters import DeadLetters
from faultline.console.elements import Area, text
from faultline.console.gateway import Unavailable
from faultline.console.overview import Overview
from faultline.console.task_screen import TaskScreen
from faultline.operations.logs import Line
from faultline.operations.task_log import TaskLog
from tests.unit.faultline.console.offline import NOWHERE
from tests.unit.faultline.console.screens import (
    CIRCUIT,
    GROUP,
    LATER,
    REFUSED,
    REPORT,
    SINCE,
    STATS,
    StillFrame,
    addresses,
    on_a_page,
    texts,
    until,
)

PARKED: dict[str, Any] = {
    "taskId": "t",
    "type": "echo",
    "status": "PARKED",
    "attempts": 1,
    "maxAttempts": 5,
    "generation": 0,
    "payload": {},
    "submittedAt": "2026-01-31T12:00:00.000Z",
    "updatedAt": "2026-01-31T12:00:00.000Z",
    "history": [
        {
            "status": "PARKED",
            "at": "2026-01-31T12:00:00.000Z",
            "waitsFor": "CIRCUIT",
            "circuit": "api.example.com",
        }
    ],
}


@pytest.mark.parametrize("error", [REFUSED, KeyError("a\nbug")], ids=repr)
def test_a_circuit_that_cannot_be_read_hides_nothing_else(error: Exception) -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        Overview(frame, "1h").build()
        await frame.refresh()
        shown = texts(client)
        assert {"4,321", "oldest", "17", "api.example.com"} <= {*shown}
        assert addresses(client)["17"] == formatting.tasks_url(status="DEAD_LETTERED", diedAfter=SINCE)
        banner = next(each for each in shown if each.endswith("The console will try again."))
        assert str(error) in banner if error is REFUSED else "unexpected KeyError: " in banner

    readings = {"circuits": error, "vitals 1h": REFUSED, "alarms": REFUSED}
    on_a_page(check, **{"/stats": STATS, **readings})


@pytest.mark.parametrize("waiting", [None, {"taskId": "oldest", "seconds": 5}], ids=str)
def test_a_refresh_without_changes_sends_nothing_to_the_browser(waiting: dict[str, Any] | None) -> None:
    """The browser would render the whole page."""

    async def check(frame: StillFrame, client: Client) -> None:
        for build in (Overview(frame, "1h").build, TaskScreen(frame, "t").build):
            build()
            await frame.refresh()
            client.outbox.updates.clear()
            await frame.refresh()
            assert not [*client.outbox.updates.values()]

    stats = {**STATS, "openCircuits": [], "oldestWaiting": waiting}
    on_a_page(
        check,
        **{"/stats": stats, "vitals 1h": REFUSED, "alarms": REFUSED, "/tasks/t": PARKED, "circuits": []},
    )


def test_a_parked_task_is_shown_before_and_after_its_circuit_is_read() -> None:
    """The reason for a wait follows the circuit, although the task itself does not change."""

    async def check(frame: StillFrame, client: Client) -> None:
        TaskScreen(frame, "t").build()
        await frame.refresh()
        assert {"Waits for the circuit of api.example.com to close.", "Parked"} <= {*texts(client)}
        assert any(each.startswith(f"{REFUSED}. ") for each in texts(client))
        frame.answers["circuits"] = [{**CIRCUIT, "category": "NETWORK", "message": "gone"}]
        await frame.refresh()
        assert any(each.endswith("NETWORK: gone") for each in texts(client))
        assert not any(each.startswith(f"{REFUSED}. ") for each in texts(client))
        frame.answers["circuits"] = [{**CIRCUIT, "byHand": True}]
        await frame.refresh()
        by_hand = "An operator holds it open until it is closed."
        assert by_hand in texts(client)
        frame.answers["circuits"] = REFUSED
        await frame.refresh()
        assert by_hand in texts(client)  # as last read

    on_a_page(check, **{"/tasks/t": PARKED, "circuits": REFUSED})


def test_the_command_for_the_other_log_lines_names_the_stage() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        frame.gateway = replace(frame.gateway, place=("--aws", "--stage", "prod"))
        TaskScreen(frame, "t").build()
        await frame.refresh()
        log = next(each for each in client.elements.values() if isinstance(each, ui.expansion))
        log.open()
        await until(lambda: "Some lines" in " ".join(texts(client)))
        shown = next(each for each in texts(client) if each.startswith("Some lines"))
        assert shown.endswith(": faultline logs t --aws --stage prod")

    line = Line(at=formatting.moment(SINCE), function="process_task", task_id="t", level="INFO", text="begun")
    log = {f"log t {PARKED['updatedAt']}": TaskLog(lines=[line], is_cut=True)}
    on_a_page(check, **{"/tasks/t": PARKED, "circuits": [], **log})


def test_an_attempt_that_turns_out_to_be_lost_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The buttons follow the time, although the task does not change."""

    async def check(frame: StillFrame, client: Client) -> None:
        TaskScreen(frame, "t").build()
        begun = formatting.moment(PARKED["submittedAt"])
        for minutes, is_offered in ((14, False), (17, True)):
            monkeypatch.setattr(formatting, "now", lambda: begun + timedelta(minutes=minutes))  # noqa: B023
            await frame.refresh()
            assert ("Cancel task" in texts(client)) is is_offered

    history = [{"status": "PROCESSING", "at": PARKED["submittedAt"]}]
    task = {**PARKED, "status": "PROCESSING", "cancelRequested": True, "history": history}
    on_a_page(check, **{"/tasks/t": task})


def test_the_success_of_a_canary_ends_when_more_of_its_group_are_given_up() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        canary = Canary(frame, GROUP, SINCE, "t")
        canary.draw(GROUP)
        assert "reasonGroup=late&diedAfter=2026-01-31T" in addresses(client)["all of them"]
        await canary.look()
        assert "It works again: redrive the rest." in texts(client)
        [shown] = (
            each for each in client.elements.values() if isinstance(each, ui.link) and each.text == "t"
        )
        assert shown.props["target"] == "_blank"  # this page alone remembers the canary
        canary.show_group({**GROUP, "count": 500, "latest": "2026-01-31T14:00:00Z"})
        await canary.look()
        assert "It works again: redrive the rest." not in texts(client)
        assert "Redrive one" in texts(client)

    on_a_page(check, **{"/tasks/t": {**PARKED, "status": "SUCCEEDED"}})


class DeadLettersOf(ApiClient):
    """A client with a group's dead letters, newest first, in pages of at most three."""

    def __init__(self, *task_ids: str) -> None:
        super().__init__(NOWHERE)
        self.task_ids = task_ids

    def call(self, method: str, path: str, **given: Any) -> Answer:
        query = dict(given["params"])
        begin = int(query.get("nextToken", 0))
        end = begin + min(3, int(query["limit"]))
        body: dict[str, Any] = {"tasks": [{"taskId": each} for each in self.task_ids[begin:end]]}
        if end < len(self.task_ids):
            body["nextToken"] = str(end)
        return Answer(status=200, body=body, headers={})


def test_another_canary_is_one_that_was_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest first; once all of the group have been tried, the newest again."""
    asked: list[Action] = []

    async def agree(_: StillFrame, action: Action) -> bool:
        asked.append(action)
        return True

    async def check(frame: StillFrame, _: Client) -> None:
        canary = Canary(frame, GROUP, SINCE)
        canary.draw(GROUP)
        for _time in range(6):
            await canary._redrive_one()
        assert asked == [redrive(each) for each in ("t5", "t4", "t3", "t2", "t1", "t5")]

    monkeypatch.setattr("faultline.console.canary.confirm", agree)
    on_a_page(check, DeadLettersOf("t5", "t4", "t3", "t2", "t1"))


def test_the_rest_are_those_that_were_shown_when_the_canary_began() -> None:
    """The window of the report moves on while the canary runs, past tasks of its group."""

    async def check(frame: StillFrame, client: Client) -> None:
        screen = DeadLetters(frame, "1h")
        screen.build()
        frame.answers["dead letters 1h"] = {**REPORT, "since": SINCE, "byReason": [GROUP]}
        await frame.refresh()
        [canary] = screen._canaries.values()
        canary._task_id = "t"
        frame.answers["dead letters 1h"] = {**REPORT, "since": "2026-01-31T11:30:00Z", "byReason": []}
        await frame.refresh()
        assert "It works again: redrive the rest." in texts(client)
        assert canary.since == SINCE

    on_a_page(check, **{"/tasks/t": {**PARKED, "status": "SUCCEEDED"}})


def test_a_drawing_that_fails_is_repeated() -> None:
    """Otherwise the next refresh would count as a success, and half a part remain without a word."""

    async def check(frame: StillFrame, client: Client) -> None:
        area, broken = Area(), [True]

        def draw(content: str) -> None:
            text("p", "half")
            if broken:
                raise KeyError(content)

        for _ in range(2):
            with pytest.raises(KeyError):
                area.show("whole", draw)
        broken.clear()
        area.show("whole", draw)
        area.show("whole", fail)
        assert texts(client) == ["half"]

    def fail(_: str) -> None:
        raise AssertionError("it is drawn already")

    on_a_page(check)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (GROUP, False),
        ({**GROUP, "latestTaskId": "t"}, False),
        ({**GROUP, "latestTaskId": "callback:t"}, False),
        ({**GROUP, "latestTaskId": "message:1"}, True),
        ({**GROUP, "type": "NotATask"}, True),
    ],
)
def test_which_groups_are_of_messages_without_a_task(group: dict[str, Any], expected: bool) -> None:
    assert is_of_records(group) is expected


def test_a_canary_that_is_gone_is_forgotten() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        canary = Canary(frame, GROUP, SINCE, "t")
        canary.draw(GROUP)
        frame.answers["/tasks/t"] = Unavailable("busy", status=503)
        with pytest.raises(Unavailable):
            await canary.look()
        frame.answers["/tasks/t"] = Unavailable("no task", status=404)
        await canary.look()
        assert (canary.is_needed, frame.said) == (False, ["The canary t is no longer kept."])
        assert "Redrive one" in texts(client)

    answers: dict[str, Any] = {}
    on_a_page(check, **answers)


@pytest.mark.parametrize(
    ("seconds", "again"), [(2, "The console will try again."), (0, 'Press "r" to try again.')]
)
def test_a_refusal_says_from_when_the_data_is(
    monkeypatch: pytest.MonkeyPatch, seconds: int, again: str
) -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        frame._seconds = seconds
        monkeypatch.setattr(formatting, "now", lambda: formatting.moment(SINCE))
        TaskScreen(frame, "t").build()
        frame.answers["/tasks/t"] = REFUSED
        await frame.refresh()
        assert f"{REFUSED}. {again}" in texts(client)
        frame.answers["/tasks/t"] = PARKED
        await frame.refresh()
        monkeypatch.setattr(formatting, "now", lambda: formatting.moment(LATER))
        for error, said in ((REFUSED, f"{REFUSED}"), (KeyError("a"), "unexpected KeyError: 'a'")):
            frame.answers["/tasks/t"] = error
            await frame.refresh()
            [banner] = (each for each in texts(client) if each.endswith(again))
            assert banner.endswith(f"{said}. The data shown may be from as early as 00:00:00 UTC. {again}")

    on_a_page(check, circuits=[CIRCUIT])
