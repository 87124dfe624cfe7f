"""Screen "Overview": the pipeline, key figures, firing alarms, open circuits and recent dead letters."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console import formatting
from faultline.console.alarm_list import KEPT_SECONDS as ALARMS_KEPT_SECONDS
from faultline.console.alarm_list import draw_alarms
from faultline.console.elements import Area, empty, link, section, text
from faultline.console.figures import KEPT_SECONDS, Figures
from faultline.console.frame import Frame
from faultline.console.pipeline import Pipeline
from faultline.console.readings import read_all
from faultline.operations.alarms import read_alarms
from faultline.operations.circuits import read_circuits
from faultline.operations.vitals import read_vitals

WINDOWS = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "24h": timedelta(hours=24)}
_NAMES = {"15m": "15 minutes", "1h": "hour", "24h": "24 hours"}
_MOST_GROUPS = 6


@dataclass
class Overview:
    """Screen with an overview of the stage.

    Attributes:
        window: Time window of the figures and the dead letters, one of WINDOWS.
    """

    frame: Frame
    window: str
    _pipeline: Pipeline = field(default_factory=Pipeline)
    _figures: Figures = field(default_factory=Figures)
    _seconds: TextElement | None = None

    def build(self) -> None:
        """Build the screen; the first refresh fills in the numbers."""
        with self.frame.page("Overview"):
            with ui.element("div").classes("title-row"):
                text("h1", "Overview")
                with ui.element("p").classes("choices"):
                    text("span", "of the last")
                    for window, name in _NAMES.items():
                        choice = link(name, f"/?window={window}")
                        if window == self.window:
                            choice.classes("current").props('aria-current="true"')
            self._pipeline.draw()
            self._figures.draw()
            with ui.element("div").classes("columns"):
                with section("Firing alarms"):
                    self._alarms = Area()
                with ui.element("div").classes("stacked"):
                    with section("Open circuits"):
                        self._circuits = Area()
                    with section("Oldest task on the queue"):
                        self._oldest = Area()
            with section("Dead letters"):
                self._dead = Area()
        self.frame.every(self._refresh)

    async def _refresh(self) -> None:
        await read_all(self._refresh_states(), self._refresh_signals(), self._refresh_alarms())

    async def _refresh_states(self) -> None:
        stats = await self.frame.read("/stats", window=self.window)
        self._pipeline.show(stats["counts"])
        self._show_oldest(stats.get("oldestWaiting"))
        # The start of the window is compared by its minute: redrawing loses the focus.
        shown = (stats["deadLetters"], formatting.minute(stats["since"]))
        self._dead.show(shown, lambda shown: _draw_dead(shown[0], stats["since"]))
        circuits = stats["openCircuits"]
        try:
            if circuits:  # the API does not return the causes
                known = await self.frame.operation("circuits", read_circuits)
                circuits = [each for each in known if each["state"] != "CLOSED"]
        finally:  # without the causes, if they cannot be read
            self._circuits.show((circuits, formatting.now().date()), lambda shown: _draw_circuits(*shown))

    async def _refresh_signals(self) -> None:
        """Show the data from CloudWatch, which arrives later than that from the API."""
        since = WINDOWS[self.window]
        ask = partial(read_vitals, since=since, now=formatting.now())
        vitals = await self.frame.operation(f"vitals {self.window}", ask, at_least=KEPT_SECONDS)
        self._pipeline.show_passed(vitals)
        self._figures.show(vitals)

    async def _refresh_alarms(self) -> None:
        alarms = await self.frame.operation("alarms", read_alarms, at_least=ALARMS_KEPT_SECONDS)
        self._alarms.show((alarms, formatting.now().date()), lambda shown: draw_alarms(*shown))

    def _show_oldest(self, waiting: dict[str, Any] | None) -> None:
        self._oldest.show(waiting["taskId"] if waiting else None, self._draw_oldest)
        if waiting and self._seconds:
            self._seconds.set_text(formatting.duration(waiting["seconds"]))

    def _draw_oldest(self, task_id: str | None) -> None:
        if task_id is None:
            empty("No task waits on the queue.")
            return
        self._seconds = text("p", "", "figure")
        link(task_id, formatting.task_url(task_id), "id")


def _draw_circuits(circuits: list[dict[str, Any]], today: date) -> None:
    if not circuits:
        empty("None. All dependencies are being called.")
        return
    for circuit in circuits:
        with ui.element("div").classes("circuit"):
            text("span", circuit["state"].replace("_", " ").lower(), f"chip {circuit['state']}")
            text("strong", circuit["name"], "id")
            if "openedAt" in circuit:
                opened = formatting.time_of_day(formatting.moment(circuit["openedAt"]), today)
                text("span", f"since {opened}", "muted")
            if circuit.get("byHand"):
                text("p", f"Held open by an operator. {circuit.get('reason', '')}", "reason")
            if "message" in circuit:
                text("p", f"{circuit['category']}: {circuit['message']}", "reason")
            with ui.element("p"):
                if "openedBy" in circuit:
                    text("span", "Opened by ")
                    link(circuit["openedBy"], formatting.task_url(circuit["openedBy"]), "id")
    link("Tasks that are parked", formatting.tasks_url(status="PARKED"))


def _draw_dead(dead: dict[str, Any], since: str) -> None:
    tasks_url = partial(formatting.tasks_url, status="DEAD_LETTERED", diedAfter=since)
    if not dead["total"]:
        empty(formatting.no_dead_letters(is_at_least=dead["more"]))
        return
    with ui.element("p").classes("by-category"):
        counted = partial(formatting.counted, is_at_least=dead["more"])
        link(counted(dead["total"]), tasks_url(), "figure")
        for category, count in dead["byCategory"].items():
            link(f"{category} {counted(count)}", tasks_url(category=category), "chip")
    with ui.element("ul").classes("groups"):
        for group in dead["byReason"][:_MOST_GROUPS]:
            with ui.element("li"):
                url = tasks_url(
                    category=group["category"], errorType=group["type"], reasonGroup=group["reason"]
                )
                link(counted(group["count"]), url, "count")
                text("span", group["category"], "category")
                text("span", f"{group['type']}: {group['reason']}", "reason")
    link("All dead letters, in groups", "/dead-letters")
