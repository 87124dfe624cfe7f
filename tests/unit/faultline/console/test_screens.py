"""Screens whose readings fail or change."""

import re
from typing import Any

import pytest
from nicegui import Client

from faultline.console.canary import Canary
from faultline.console.gateway import Unavailable
from faultline.console.overview import Overview
from faultline.console.task_screen import TaskScreen
from tests.unit.faultline.console.screens import StillFrame, addresses, on_a_page, texts

REFUSED = Unavailable("AWS refused Query")
CIRCUIT = {"name": "api.example.com", "state": "OPEN"}
STATS = {
    "counts": {"PARKED": {"value": 4321, "atLeast": False}},
    "openCircuits": [CIRCUIT],
    "oldestWaiting": {"taskId": "oldest", "seconds": 5},
    "deadLetters": {"total": 17, "more": False, "byCategory": {}, "byReason": []},
}
PARKED = {
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
GROUP = {
    "category": "NETWORK",
    "type": "Timeout",
    "reason": "late",
    "count": 2,
    "latest": "2026-01-31T11:00:00Z",
}
SINCE = "2026-01-31T00:00:00Z"


@pytest.mark.parametrize("error", [REFUSED, KeyError("a\nbug")], ids=repr)
def test_a_circuit_that_cannot_be_read_hides_nothing_else(error: Exception) -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        Overview(frame, "1h").build()
        await frame.refresh()
        shown = texts(client)
        assert {"4,321", "oldest", "17", "api.example.com"} <= {*shown}
        assert re.search(r"status=DEAD_LETTERED&diedAfter=\d{4}-\d\d-\d\dT", addresses(client)["17"])
        banner = next(each for each in shown if each.endswith("the console will try again."))
        assert str(error) in banner if error is REFUSED else "unexpected KeyError: " in banner

    readings = {"circuits": error, "vitals 1h": REFUSED, "alarms": REFUSED}
    on_a_page(check, **{"/stats": STATS, **readings})


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


def test_the_success_of_a_canary_ends_when_more_of_its_group_are_given_up() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        canary = Canary(frame, GROUP, SINCE, "t")
        canary.draw(GROUP)
        assert "reasonGroup=late&diedAfter=2026-01-31T" in addresses(client)["all of them"]
        await canary.look()
        assert "It works again: redrive the rest." in texts(client)
        canary.show_group({**GROUP, "count": 500, "latest": "2026-01-31T14:00:00Z"})
        await canary.look()
        assert "It works again: redrive the rest." not in texts(client)
        assert "Redrive one" in texts(client)

    on_a_page(check, **{"/tasks/t": {**PARKED, "status": "SUCCEEDED"}})


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
