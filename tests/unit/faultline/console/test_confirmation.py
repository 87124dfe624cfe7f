"""Dialogs of actions on many tasks, and the summary of such an action."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

import pytest
from nicegui import Client, ui

from faultline.console.action import cancel_all, cancellation
from faultline.console.confirmation import confirm_all, confirm_many, summary
from faultline.operations.bulk import Progress
from tests.unit.faultline.console.offline import BulkApi
from tests.unit.faultline.console.screens import StillFrame, on_a_page, press, texts, until

FIELDS = [{"field": "payload.url", "message": "no URL"}, {"field": "payload.n", "message": "too large"}]
FAILED = [
    {"taskId": f"T-{number}", "problem": {"detail": "Not valid", "errors": FIELDS}} for number in range(60)
]
REASON = "Not valid (payload.url: no URL; payload.n: too large)"


@pytest.mark.parametrize(
    ("progress", "is_stopped", "expected"),
    [
        ({"more": False}, False, "40 done"),
        ({"more": False}, True, "40 done"),  # it was stopped too late
        ({}, True, "stopped, 40 done"),
        ({"failed": FAILED, "more": False}, False, "40 done, 60 could not be changed"),
    ],
)
def test_the_summary_counts_what_failed(progress: dict[str, Any], is_stopped: bool, expected: str) -> None:
    assert summary(Progress(filter={}, done=40, **progress), is_stopped=is_stopped) == expected


CANCELLATION = cancel_all({"tag": "night"})


async def failing[T](frame: StillFrame, client: Client, action: Awaitable[T]) -> asyncio.Future[T]:
    """Confirm the cancellation of three tasks, and return it when its failures are shown."""
    with frame.page("Tasks"):
        pass
    asking = asyncio.ensure_future(action)
    await until(lambda: "Cancel 3 tasks?" in texts(client))
    press(client, "Cancel 3 tasks")
    await until(lambda: texts(client)[-1] == "Close")
    return asking


def test_a_preview_that_takes_long_is_shown_and_other_actions_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second click of a double click alone is ignored without a word."""
    monkeypatch.setattr("faultline.console.frame._PREPARATION_SECONDS", 0.01)
    api = BulkApi()
    api.gate.clear()

    async def check(frame: StillFrame, client: Client) -> None:
        with frame.page("Tasks"):
            pass
        asking = asyncio.ensure_future(confirm_all(frame, CANCELLATION))
        await asyncio.sleep(0)
        assert await confirm_all(frame, CANCELLATION) is None
        assert frame.said == []
        await until(lambda: any(isinstance(each, ui.notification) for each in client.elements.values()))
        [note] = (each for each in client.elements.values() if isinstance(each, ui.notification))
        assert note.message == "Counting the tasks that match ..."
        frame.asked_at -= 2
        assert await confirm_all(frame, CANCELLATION) is None
        assert frame.said == ["Another action is being prepared."]
        api.gate.set()
        await until(lambda: "Cancel 3 tasks?" in texts(client))
        press(client, "Not now")
        assert await asking is None
        assert len(api.sent) == 1

    on_a_page(check, api)


@pytest.mark.parametrize("many", [False, True], ids=["by filter", "one by one"])
def test_an_action_ends_with_its_page(caplog: pytest.LogCaptureFixture, many: bool) -> None:
    """The call under way is the last one, and the log has the outcome that nobody sees."""
    page = {"done": 2, "more": True, "nextToken": "x", "failed": FAILED[:1]}
    refused = {"status": 400, "detail": "not now"}
    api = BulkApi(*[refused if many else page] * 3)

    async def check(frame: StillFrame, client: Client) -> None:
        with frame.page("Tasks"):
            pass
        actions = [cancellation(task_id) for task_id in ("a", "b", "c")]
        asking = asyncio.ensure_future(
            confirm_many(frame, "Cancel", actions) if many else confirm_all(frame, CANCELLATION)
        )
        await until(lambda: "Cancel 3 tasks?" in texts(client))
        api.gate.clear()
        press(client, "Cancel 3 tasks")
        await until(lambda: api.changes == 1)
        client.delete()
        assert await asking is None
        api.gate.set()
        await until(lambda: bool(caplog.messages))
        by_filter = f"2 done, 1 could not be changed. T-0: {REASON}"
        outcome = "0 of 3 done, 1 failed. a: HTTP 400: not now" if many else by_filter
        assert caplog.messages == [f"the page of an action was closed: Cancel: stopped, {outcome}"]
        assert api.changes == 1

    with caplog.at_level(logging.WARNING, "faultline.console"):
        on_a_page(check, api)


@pytest.mark.parametrize("many", [False, True], ids=["by filter", "one by one"])
def test_failures_that_nobody_has_read_are_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, many: bool
) -> None:
    """A page is found to be closed some seconds later, when its action may have ended."""
    monkeypatch.setattr("faultline.console.gateway._PAUSE_SECONDS", 0.0)
    refused = {"status": 400, "detail": "not now"}
    page = {"done": 2, "more": True, "nextToken": "x", "failed": FAILED[:1]}
    actions = [cancellation(task_id) for task_id in ("a", "b", "c")]

    async def check(frame: StillFrame, client: Client) -> None:
        action: Awaitable[object] = (
            confirm_many(frame, "Cancel", actions) if many else confirm_all(frame, CANCELLATION)
        )
        asking = await failing(frame, client, action)
        client.delete()
        await asking
        by_filter = f"2 done, 1 could not be changed. HTTP 400: not now. T-0: {REASON}"
        one_by_one = "2 of 3 done, 1 failed. b: HTTP 400: not now"
        said = one_by_one if many else by_filter
        assert caplog.messages == [f"the page of an action was closed: Cancel: {said}"]

    with caplog.at_level(logging.WARNING, "faultline.console"):
        on_a_page(check, BulkApi({}, refused, {}) if many else BulkApi(page, refused))


@pytest.mark.parametrize("count", [3, 60])
def test_failures_stay_until_they_are_read(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """The dialog names the tasks, and the command for those that are left, with the limit of the dry run."""
    monkeypatch.setattr("faultline.console.gateway._PAUSE_SECONDS", 0.0)
    api = BulkApi(
        {"done": 40, "more": True, "nextToken": "x", "failed": FAILED[:count]},
        {"status": 400, "detail": "not now"},
    )

    async def check(frame: StillFrame, client: Client) -> None:
        asking = await failing(frame, client, confirm_all(frame, CANCELLATION))
        shown = texts(client)
        assert f"Cancel: 40 done, {count} could not be changed" in shown
        assert "HTTP 400: not now" in shown
        assert (f"T-{count - 1}: {REASON}" in shown) is (count == 3)
        assert ("and 41 more" in shown) is (count == 60)
        limits = "--submitted-before 2026-01-31T12:00:00.000Z"
        assert f"faultline cancel --tag night {limits}" in shown
        press(client, "Close")
        assert await asking is False
        assert frame.said == []

    on_a_page(check, api)


def test_failures_of_selected_tasks_are_listed() -> None:
    refused = {"status": 409, "detail": "has ended"}
    actions = [cancellation(task_id) for task_id in ("a", "b", "c")]

    async def check(frame: StillFrame, client: Client) -> None:
        asking = await failing(frame, client, confirm_many(frame, "Cancel", actions))
        heading = "Cancel: 1 of 3 done, 2 failed"
        assert {heading, "a: HTTP 409: has ended", "c: HTTP 409: has ended"} <= {*texts(client)}
        press(client, "Close")
        assert await asking == actions[1:2]

    on_a_page(check, BulkApi(refused, {}, refused))
