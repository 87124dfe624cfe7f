"""Screens without a server or a browser, refreshed by the tests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import Client, core, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments, handle_event
from nicegui.page import page

from faultline.client.api import ApiClient
from faultline.console.frame import Frame, Preferences
from faultline.console.gateway import Unavailable
from tests.eventually import DEADLINE_SECONDS
from tests.unit.faultline.console.offline import gateway

REFUSED = Unavailable("AWS refused Query")
CIRCUIT = {"name": "api.example.com", "state": "OPEN"}
SINCE = "2026-01-31T00:00:00Z"
LATER = "2026-01-31T00:01:05Z"
STATS = {
    "since": SINCE,
    "counts": {"PARKED": {"value": 4321, "atLeast": False}},
    "openCircuits": [CIRCUIT],
    "oldestWaiting": {"taskId": "oldest", "seconds": 5},
    "deadLetters": {"total": 17, "more": False, "byCategory": {}, "byReason": []},
}
GROUP = {
    "category": "NETWORK",
    "type": "Timeout",
    "reason": "late",
    "count": 2,
    "latest": "2026-01-31T11:00:00Z",
}
REPORT = {"total": 2, "more": False, "byCategory": {"NETWORK": 2}, "byKind": {"echo": 2}, "trend": []}


class StillFrame(Frame):
    """A frame that is refreshed only on request, and whose readings return given values.

    Attributes:
        answers: Values of the readings, by path or name; an exception is raised.
        said: The notifications.
    """

    answers: dict[str, Any]
    said: list[str]

    def every(self, refresh: Callable[[], Awaitable[None]]) -> None:
        self._refresh = refresh

    async def read(self, path: str, **query: Any) -> Any:
        return self._answer(path)

    async def operation(self, name: str, *_: Any, **__: Any) -> Any:
        return self._answer(name)

    def notify(self, sentence: str, *, is_bad: bool = False) -> None:
        self.said.append(sentence)

    def _answer(self, name: str) -> Any:
        if isinstance(found := self.answers[name], Exception):
            raise found
        return found


def on_a_page(
    check: Callable[[StillFrame, Client], Awaitable[None]], api: ApiClient | None = None, /, **answers: Any
) -> None:
    """Call a function with a frame, on a page of its own."""
    frame = StillFrame(gateway(api), Preferences(), {}, "/")
    frame.answers, frame.said = answers, []

    async def run() -> None:
        core.loop = asyncio.get_running_loop()  # in which the handlers of clicks run
        try:
            with Client(page("/")) as client:
                await check(frame, client)
        finally:
            core.loop = None

    asyncio.run(run())


def texts(client: Client) -> list[str]:
    """Return the texts on a page."""
    return [each.text for each in client.elements.values() if isinstance(each, TextElement)]


def press(client: Client, title: str) -> None:
    """Click the button with a title; if there are several, the newest."""
    *_, button = (
        each for each in client.elements.values() if isinstance(each, ui.button) and each.text == title
    )
    for listener in button._event_listeners.values():
        if listener.type == "click":
            handle_event(listener.handler, GenericEventArguments(sender=button, client=client, args={}))


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)


def addresses(client: Client) -> dict[str, str]:
    """Return the addresses of the links on a page, by their texts."""
    return {each.text: each.props["href"] for each in client.elements.values() if isinstance(each, ui.link)}
