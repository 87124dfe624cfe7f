"""Overview: the pipeline with live numbers, what waits longest, what is down, and what has died lately."""

from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console import words
from faultline.console.elements import empty, link, section, text
from faultline.console.frame import Frame
from faultline.console.pipeline import Pipeline
from faultline.operations.circuits import read_circuits

WINDOWS = {"15m": "15 minutes", "1h": "hour", "24h": "24 hours"}
_MOST_GROUPS = 6


@dataclass
class Overview:
    """The screen.

    Attributes:
        window: How far back dead letters are counted.
    """

    frame: Frame
    window: str
    _pipeline: Pipeline = field(default_factory=Pipeline)
    _shown: dict[str, Any] = field(default_factory=dict)
    _seconds: TextElement | None = None

    def build(self) -> None:
        """Build the screen, without numbers yet."""
        with self.frame.page("Overview"):
            text("h1", "Overview")
            self._pipeline.draw()
            with ui.element("div").classes("columns"):
                with section("Waits longest"):
                    self._oldest = ui.element("div")
                with section("Circuits that are open"):
                    self._circuits = ui.element("div")
            with section("Dead letters"):
                with ui.element("p").classes("choices"):
                    text("span", "of the last")
                    for window, name in WINDOWS.items():
                        choice = link(name, f"/?window={window}")
                        if window == self.window:
                            choice.classes("current").props('aria-current="true"')
                self._dead = ui.element("div")
        self.frame.every(self._refresh)

    async def _refresh(self) -> None:
        stats = await self.frame.gateway.read("/stats", window=self.window)
        circuits = stats["openCircuits"]
        if circuits:  # the API does not say why
            known = await self.frame.gateway.operation(read_circuits)
            circuits = [each for each in known if each["state"] != "CLOSED"]
        self._pipeline.show(stats["counts"])
        self._show_oldest(stats.get("oldestWaiting"))
        self._show("circuits", self._circuits, circuits, _draw_circuits)
        self._show("dead", self._dead, stats["deadLetters"], _draw_dead)

    def _show_oldest(self, waiting: dict[str, Any] | None) -> None:
        if waiting and self._seconds and self._shown.get("oldest") == waiting["taskId"]:
            self._seconds.set_text(words.duration(waiting["seconds"]))
            return
        self._shown["oldest"] = waiting and waiting["taskId"]
        self._oldest.clear()
        with self._oldest:
            if waiting is None:
                empty("No task waits on the queue.")
                return
            self._seconds = text("p", words.duration(waiting["seconds"]), "figure")
            link(waiting["taskId"], words.task_url(waiting["taskId"]), "id")

    def _show(self, name: str, where: ui.element, found: Any, draw: Any) -> None:
        """Draw a part anew only if it has changed, so that nothing moves or loses the focus otherwise."""
        if name in self._shown and self._shown[name] == found:
            return
        self._shown[name] = found
        where.clear()
        with where:
            draw(found)


def _draw_circuits(circuits: list[dict[str, Any]]) -> None:
    if not circuits:
        empty("None. All dependencies are being called.")
        return
    for circuit in circuits:
        with ui.element("div").classes("circuit"):
            text("span", circuit["state"].replace("_", " ").lower(), f"chip {circuit['state']}")
            text("strong", circuit["name"], "id")
            if "openedAt" in circuit:
                text("span", f"since {words.clock(circuit['openedAt'])[11:19]} UTC", "muted")
            if circuit.get("byHand"):
                text("p", f"Held open by an operator. {circuit.get('reason', '')}", "reason")
            if "message" in circuit:
                text("p", f"{circuit['category']}: {circuit['message']}", "reason")
            with ui.element("p"):
                if "openedBy" in circuit:
                    text("span", "Opened by ")
                    link(circuit["openedBy"], words.task_url(circuit["openedBy"]), "id")
    link("Tasks that are parked", words.tasks_url(status="PARKED"))


def _draw_dead(dead: dict[str, Any]) -> None:
    if not dead["total"]:
        empty("None. Every task of this time has succeeded, or may still.")
        return
    with ui.element("p").classes("by-category"):
        total = f"{dead['total']:,}{'+' if dead['more'] else ''}"
        link(total, words.tasks_url(status="DEAD_LETTERED"), "figure")
        for category, count in dead["byCategory"].items():
            link(f"{category} {count:,}", words.tasks_url(status="DEAD_LETTERED", category=category), "chip")
    with ui.element("ul").classes("groups"):
        for group in dead["byReason"][:_MOST_GROUPS]:
            with ui.element("li"):
                url = words.tasks_url(
                    status="DEAD_LETTERED",
                    category=group["category"],
                    errorType=group["type"],
                    reasonGroup=group["reason"],
                )
                link(f"{group['count']:,}", url, "count")
                text("span", group["category"], "category")
                text("span", f"{group['type']}: {group['reason']}", "reason")
    link("All dead letters, in groups", "/dead-letters")
