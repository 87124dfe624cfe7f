"""Screen "Flow": the queues, the kinds of work with their pauses, and the circuits of dependencies."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from nicegui import ui

from faultline.console import formatting
from faultline.console.action import Action, Operation, closing, holding_open, pause, resume
from faultline.console.confirmation import confirm
from faultline.console.elements import Area, empty, link, section, text
from faultline.console.figures import KEPT_SECONDS, Figures
from faultline.console.frame import Frame
from faultline.console.readings import read_all
from faultline.console.sparkline import sparkline
from faultline.operations.circuits import read_circuits
from faultline.operations.kind_vitals import KindVitals, read_kind_vitals
from faultline.operations.vitals import Values, latest, read_vitals, total

_WINDOW = timedelta(hours=1)
_TITLES = ("Succeeded in an hour", "Failed attempts", "95 % within")


@dataclass
class Flow:
    """Screen with the kinds of work and the circuits."""

    frame: Frame
    _queues: Figures = field(default_factory=lambda: Figures(2))
    _numbers: dict[str, list[Area]] = field(default_factory=dict)

    def build(self) -> None:
        """Build the screen; the first refresh fills in its rows."""
        with self.frame.page("Flow"):
            text("h1", "Flow")
            self._queues.draw()
            with section("Kinds of work"):
                self._kinds = Area()
            with section("Circuits"):
                self._circuits = Area()
        self.frame.every(self._refresh)

    async def _refresh(self) -> None:
        await read_all(self._refresh_kinds(), self._refresh_circuits(), self._refresh_queues())

    async def _refresh_kinds(self) -> None:
        kinds = (await self.frame.read("/kinds"))["kinds"]
        self._kinds.show(kinds, self._draw_kinds)
        names = [kind["name"] for kind in kinds]
        ask = partial(read_kind_vitals, kinds=names, since=_WINDOW, now=formatting.now())
        vitals = await self.frame.operation(f"kinds {names}", ask, at_least=KEPT_SECONDS)
        for name, found in vitals.items():
            self._show_numbers(name, found)

    async def _refresh_circuits(self) -> None:
        self._circuits.show(await self.frame.operation("circuits", read_circuits), self._draw_circuits)

    async def _refresh_queues(self) -> None:
        ask = partial(read_vitals, since=_WINDOW, now=formatting.now())
        self._queues.show(await self.frame.operation("vitals 1h", ask, at_least=KEPT_SECONDS))

    def _show_numbers(self, kind: str, vitals: KindVitals) -> None:
        share, p95 = vitals.failed_share, latest(vitals.p95)
        done, failed, took = self._numbers[kind]
        done.show(vitals.succeeded, _draw_throughput)
        failed.show("-" if share is None else f"{100 * share:.3g} %", partial(text, "span"))
        took.show("-" if p95 is None else formatting.duration(p95 / 1000), partial(text, "span"))

    def _draw_kinds(self, kinds: list[dict[str, Any]]) -> None:
        action = ["Action"] if self.frame.gateway.is_writable else []
        titles = ["Kind", "State", *action, *_TITLES, "Attempts", "Longest", "Open circuits"]
        with _table("Kinds of work", titles):
            for kind in kinds:
                with ui.element("tr"):
                    with ui.element("td"):
                        link(kind["name"], formatting.tasks_url(type=kind["name"]), "id")
                    with ui.element("td"):
                        self._draw_pause(kind.get("pause"))
                    if self.frame.gateway.is_writable:
                        with ui.element("td"):
                            self._button(resume(kind["name"]) if "pause" in kind else pause(kind["name"]))
                    self._numbers[kind["name"]] = [Area("td", "figures") for _ in _TITLES]
                    text("td", str(kind["retry"]["maximumAttempts"]), "figures")
                    text("td", formatting.duration(kind["longestSeconds"]), "figures")
                    text("td", ", ".join(each["name"] for each in kind["openCircuits"]) or "none")

    def _draw_pause(self, paused: dict[str, Any] | None) -> None:
        if paused is None:
            text("span", "running", "chip SUCCEEDED")
            return
        text("span", "paused", "chip RETRYING")
        text("div", f"since {formatting.clock(paused['since'])[:19]} UTC", "muted")
        if "reason" in paused:
            text("div", paused["reason"], "reason")

    def _button(self, action: Action | Operation) -> None:
        async def ask() -> None:
            if await confirm(self.frame, action):
                await self.frame.refresh()

        ui.button(action.title, on_click=ask).props("outline no-caps dense")

    def _draw_circuits(self, circuits: list[dict[str, Any]]) -> None:
        if not circuits:
            empty("None yet. A circuit appears when a dependency fails several times in a row.")
            return
        writable = self.frame.gateway.is_writable
        action = ["Action"] if writable else []
        with _table("Circuits", ["Dependency", "State", *action, "Opened last", "By", "Why"]):
            for circuit in circuits:
                with ui.element("tr"):
                    text("td", circuit["name"], "id")
                    with ui.element("td"):
                        text("span", circuit["state"].replace("_", " ").lower(), f"chip {circuit['state']}")
                    if writable:
                        with ui.element("td"):
                            is_closed = circuit["state"] == "CLOSED"
                            self._button((holding_open if is_closed else closing)(circuit["name"]))
                    _draw_cause(circuit)


def _draw_throughput(succeeded: Values) -> None:
    text("span", f"{total(succeeded):,.0f}")
    if total(succeeded):
        sparkline([value or 0 for value in succeeded], "Succeeded")


def _draw_cause(circuit: dict[str, Any]) -> None:
    text("td", f"{formatting.clock(circuit['openedAt'])[:19]} UTC" if "openedAt" in circuit else "")
    with ui.element("td"):
        if "openedBy" in circuit:
            link(circuit["openedBy"], formatting.task_url(circuit["openedBy"]), "id")
        elif circuit.get("byHand"):
            text("span", "an operator")
    why = f"{circuit['category']}: {circuit['message']}" if "message" in circuit else ""
    text("td", circuit.get("reason", why), "reason")


def _table(name: str, titles: list[str]) -> ui.element:
    around = ui.element("div").classes("scroll").props(f'tabindex="0" role="group" aria-label="{name}"')
    with around, ui.element("table").classes("plain"):
        with ui.element("thead"), ui.element("tr"):
            for title in titles:
                text("th", title).props('scope="col"')
        return ui.element("tbody")
