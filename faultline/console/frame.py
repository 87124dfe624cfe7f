"""Frame of every screen: header, navigation, refresh and keyboard shortcuts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
from nicegui import background_tasks, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments, KeyEventArguments, ValueChangeEventArguments

from faultline.console import formatting
from faultline.console.elements import link, text
from faultline.console.gateway import Gateway, Unavailable, unexpected
from infra.stages import StageSettings

LOG = logging.getLogger(__name__)

REFRESHES = {1: "1 s", 2: "2 s", 5: "5 s", 15: "15 s", 30: "30 s", 0: "off"}
"""Choices for the seconds between two refreshes, with their labels."""
DEFAULT_REFRESH = 2
_PATIENCE_SECONDS = 5.0
"""Seconds after which a screen says that it waits for the stage."""
_PREPARATION_SECONDS = 0.5
"""Seconds after which the preparation of a dialog is shown."""

_KEYS = {
    "/": "find tasks",
    "r": "refresh now",
    "?": "show these keys",
}


@dataclass
class Preferences:
    """Preferences of the user, kept while the console runs.

    Attributes:
        refresh: Seconds between two refreshes, as last chosen in any tab, for pages opened from now on; 0 for
            none.
    """

    refresh: float = DEFAULT_REFRESH


type Refresh = Callable[[], Awaitable[None]]


@dataclass
class Frame:
    """Frame of a screen.

    Attributes:
        screens: Title and address of each screen, in the order of the navigation.
        current: Address of this screen, as in `screens`.
        layer: Parent element of dialogs, since a refresh may redraw the element that opened one.
        is_asking: Whether a dialog is prepared, or waits for its answer or for the end of its action.
        asked_at: Time at which this began, by `time.monotonic`.
    """

    gateway: Gateway
    preferences: Preferences
    screens: dict[str, str]
    current: str
    layer: ui.element = field(init=False, repr=False)
    is_asking: bool = field(default=False, init=False)
    asked_at: float = field(default=0.0, init=False)
    _refresh: Refresh | None = None
    _is_hidden: bool = False
    _is_busy: bool = False
    _is_wanted: bool = False
    _is_fresh: bool = True
    _shown_from: datetime | None = None
    _waiting_for_letter: bool = False
    _seconds: float = field(init=False)
    _timer: ui.timer | None = field(default=None, repr=False)
    _banner: TextElement | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._seconds = self.preferences.refresh  # each tab keeps its own

    @contextmanager
    def page(self, title: str) -> Iterator[None]:
        """Context manager that builds the frame around a screen.

        Args:
            title: Title of the browser tab.
        """
        ui.page_title(f"{title} · Faultline {self.gateway.settings.name}")
        self._header()
        self._keys_dialog()
        # Also while a button has the focus, as after a click.
        ui.keyboard(on_key=self._key, repeating=False, ignore=["input", "select", "textarea"])
        ui.on("visibility", self._visibility)
        with ui.element("div").classes("screen"):
            self._banner = text("div", "", "banner hidden").props('role="status"')
            yield
        self.layer = ui.element("div")

    def notify(self, sentence: str, *, is_bad: bool = False) -> None:
        """Show a notification at the edge of the screen."""
        with self.layer:
            if is_bad:
                ui.notify(sentence, type="negative", timeout=8000, close_button=True)
            else:
                ui.notify(sentence, type="positive")

    @contextmanager
    def preparing(self, sentence: str) -> Iterator[None]:
        """Context manager that shows a sentence during its block, unless the block ends within a moment."""
        shown: list[ui.notification] = []

        def show() -> None:
            if not self.layer.is_deleted:
                with self.layer:
                    shown.append(ui.notification(sentence, spinner=True, timeout=None))

        waiting = asyncio.get_running_loop().call_later(_PREPARATION_SECONDS, show)
        try:
            yield
        finally:
            waiting.cancel()
            for each in shown:
                if not each.is_deleted:
                    each.dismiss()

    def every(self, refresh: Refresh) -> None:
        """Refresh the screen now, and then at the interval that the user has chosen."""
        self._refresh = refresh
        # Begin to read now, so that the values are available when the browser has loaded the page.
        background_tasks.create(self.refresh(), name=f"open {self.current}", context=ui.context.slot)
        ui.timer(0.0, self._see_whether_hidden, once=True)
        self._start_timer(immediate=False)

    def _start_timer(self, *, immediate: bool) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if self._seconds:
            with self.layer:
                self._timer = ui.timer(self._seconds, self._tick, immediate=immediate)

    async def read(self, path: str, **query: Any) -> Any:
        """Return the response body of a GET, which may be shared with other tabs.

        Raises:
            Unavailable: If the API does not respond, or returns an error.
        """
        return await self.gateway.read(path, max_age=self._max_age, **query)

    async def operation[T](
        self, name: str, ask: Callable[[boto3.Session, StageSettings], T], *, at_least: float = 0.0
    ) -> T:
        """Return the result of a read-only operation, which may be shared with other tabs.

        Args:
            name: Name of the reading, including its parameters.
            ask: The operation.
            at_least: Seconds to reuse a result, even if the screen is refreshed more often.

        Raises:
            Unavailable: If the operation fails.
        """
        return await self.gateway.operation(name, ask, max_age=max(self._max_age, at_least))

    @property
    def _max_age(self) -> float:
        """Maximum age of a reading in seconds, slightly less than the refresh interval."""
        return 0.0 if self._is_fresh else 0.9 * self._seconds

    async def refresh(self, *, fresh: bool = True) -> None:
        """Refresh the screen once; while the stage does not respond, keep the screen and show a banner.

        If a refresh is in progress, which may show what was before a change, another one follows it.

        Args:
            fresh: Whether to read everything again, without sharing readings with other tabs.
        """
        if self._refresh is None:
            return
        if self._is_busy:
            self._is_wanted = self._is_wanted or fresh
            return
        self._is_busy, self._is_fresh = True, fresh
        began = formatting.now()
        waiting = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._say_that_it_waits)
        try:
            await self._refresh()
        except Unavailable as error:
            self._say(f"{error}. {self._out_of_date()}")
        except Exception as error:
            LOG.exception("unexpected error of the screen %s", self.current)
            self._say(f"The screen could not be refreshed: {unexpected(error)}. {self._out_of_date()}")
        else:
            self._say("")
            self._shown_from = began
        finally:
            waiting.cancel()
            self._is_busy = False
        if self._is_wanted:
            self._is_wanted = False
            await self.refresh()

    def _say_that_it_waits(self) -> None:
        self._say(f"Waiting for the stage. {self._age()}".rstrip())

    def _age(self, is_from: str = "is from about") -> str:
        """Say from when the data shown is; empty if the screen was never refreshed as a whole."""
        if self._shown_from is None:
            return ""
        at = formatting.time_of_day(self._shown_from, formatting.now().date())
        return f"The data shown {is_from} {at}."

    def _out_of_date(self) -> str:
        """Describe the data shown after a refresh that failed, and what happens next."""
        again = "The console will try again." if self._seconds else 'Press "r" to try again.'
        return f"{self._age('may be from as early as')} {again}".lstrip()

    async def _see_whether_hidden(self) -> None:
        # A tab that was opened in the background receives no event for becoming hidden.
        with suppress(TimeoutError):
            self._is_hidden = bool(await ui.run_javascript("document.hidden", timeout=5.0))

    async def _tick(self) -> None:
        if not self._is_hidden:
            await self.refresh(fresh=False)

    def _say(self, sentence: str) -> None:
        if self._banner is None or self._banner.is_deleted:
            return
        self._banner.classes(remove="hidden") if sentence else self._banner.classes("hidden")
        self._banner.set_text(sentence)

    def _header(self) -> None:
        settings = self.gateway.settings
        with ui.header().classes("top"):
            link("Faultline", "/", "brand")
            text("span", settings.name, f"stage {settings.name}")
            text("span", self.gateway.description, "where")
            if not self.gateway.is_writable:
                text("span", "read-only", "read-only").tooltip(
                    "Started without --write: nothing can be changed."
                )
            with ui.element("nav").props('aria-label="Screens"'):
                for title, address in self.screens.items():
                    entry = link(title, address)
                    if address == self.current:
                        entry.classes("current").props('aria-current="page"')
            choice = ui.select(REFRESHES, value=self._seconds, on_change=self._choose)
            choice.props('dense borderless options-dense label="Refresh" aria-label="Refresh"').classes(
                "refresh"
            )
            help_button = ui.button(icon="keyboard", on_click=lambda: self._dialog.open())
            help_button.props('flat round dense aria-label="Keys"').classes("keys")

    def _keys_dialog(self) -> None:
        with ui.dialog() as self._dialog, ui.card():
            text("h2", "Keys")
            with ui.element("dl").classes("facts"):
                for key, meaning in self._known_keys().items():
                    text("dt", key, "key")
                    text("dd", meaning)
            ui.button("Close", on_click=self._dialog.close).props("flat no-caps")

    def _known_keys(self) -> dict[str, str]:
        return {**_KEYS, **{f"g {title[0].lower()}": title for title in self.screens}}

    def _choose(self, event: ValueChangeEventArguments[float]) -> None:
        self._seconds = self.preferences.refresh = event.value
        if self._refresh:
            self._start_timer(immediate=True)

    async def _visibility(self, event: GenericEventArguments) -> None:
        self._is_hidden = bool(event.args)
        if not self._is_hidden and self._seconds:
            await self.refresh(fresh=False)

    async def _key(self, event: KeyEventArguments) -> None:
        modifiers = event.modifiers
        if not event.action.keydown or modifiers.ctrl or modifiers.alt or modifiers.meta or self.is_asking:
            return
        key = str(event.key)
        if self._waiting_for_letter:
            self._waiting_for_letter = False
            for title, address in self.screens.items():
                if title[0].lower() == key:
                    ui.navigate.to(address)
                    return
        elif key == "g":
            self._waiting_for_letter = True
        elif key == "r":
            await self.refresh()
        elif key == "?":
            self._dialog.open()
