"""Dialogs of actions on many tasks, and the summary of such an action."""

import asyncio
import logging
from typing import Any

import pytest
from nicegui import Client, ui

from faultline.console import frame as frames
from faultline.console.action import cancel_all, cancellation
from faultline.console.confirmation import confirm_all, confirm_many, summary
from faultline.operations.bulk import Progress
from tests.unit.faultline.console.offline import BulkApi
from tests.unit.faultline.console.screens import StillFrame, on_a_page, press, texts, until

FIELDS = [{"field": "payload.url", "message": "no URL"}, {"field": "payload.n", "message": "too large"}]
FAILED = [
    {"taskId": f"T-{number}", "problem": {"detail": "Not valid", "errors": FIELDS}} for number in range(60)
]
REASON = "T-0: Not valid (payload.url: no URL; payload.n: too large)"


@pytest.mark.parametrize(
    ("progress", "problems", "is_stopped", "expected"),
    [
        ({"more": False}, [], False, "40 done"),
        ({"more": False}, [], True, "40 done"),  # it was stopped too late
        ({}, [], True, "stopped, 40 done"),
        ({"failed": FAILED, "more": False}, [], False, f"40 done, 60 could not be changed. {REASON}"),
        ({}, ["HTTP 503: busy"], False, "40 done. HTTP 503: busy"),
        (
            {"failed": FAILED[:1]},
            ["HTTP 503: busy"],
            False,
            f"40 done, 1 could not be changed. HTTP 503: busy. {REASON}",
        ),
        (
            {"failed": [{"taskId": "a", "problem": {"detail": "Ended"}}]},
            [],
            False,
            "40 done, 1 could not be changed. a: Ended",
        ),
    ],
)
def test_the_summary_counts_what_failed(
    progress: dict[str, Any], problems: list[str], is_stopped: bool, expected: str
) -> None:
    assert summary(Progress(filter={}, done=40, **progress), problems, is_stopped=is_stopped) == expected


CANCELLATION = cancel_all({"tag": "night"})


def test_a_preview_that_takes_long_is_shown_and_other_actions_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second click of a double click alone is ignored without a word."""
    monkeypatch.setattr(frames, "_PREPARATION_SECONDS", 0.01)
    monkeypatch.setattr(frames, "_DOUBLE_CLICK_SECONDS", 0.1)
    api = BulkApi()
    api.gate.clear()

    async def check(frame: StillFrame, client: Client) -> None:
        with frame.page("Tasks"):
            pass
        asking = asyncio.create_task(confirm_all(frame, CANCELLATION))
        await asyncio.sleep(0)
        assert await confirm_all(frame, CANCELLATION) is None
        assert frame.said == []
        await until(lambda: any(isinstance(each, ui.notification) for each in client.elements.values()))
        [note] = (each for each in client.elements.values() if isinstance(each, ui.notification))
        assert note.message == "Counting the tasks that match ..."
        await asyncio.sleep(0.1)
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
    api = BulkApi(*[{"done": 2, "more": True, "nextToken": "x"}] * 3)

    async def check(frame: StillFrame, client: Client) -> None:
        with frame.page("Tasks"):
            pass
        actions = [cancellation(task_id) for task_id in ("a", "b", "c")]
        asking = asyncio.create_task(
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
        outcome = "1 of 3 done" if many else "2 done"
        assert caplog.messages == [f"the page of an action was closed: Cancel: stopped, {outcome}"]
        assert api.changes == 1

    with caplog.at_level(logging.WARNING, "faultline.console"):
        on_a_page(check, api)
