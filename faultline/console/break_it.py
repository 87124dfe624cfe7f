"""Screen "Break it", for sandboxes only: scenes to play, faults to inject, and the pipeline."""

from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from faultline.console.elements import section, text
from faultline.console.fault_rules import FaultRules
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.pipeline import Pipeline
from faultline.operations.demonstration.scenes import Scene, Scenes
from faultline.operations.failure_rate import read_failure_rate, set_failure_rate
from faultline.operations.faults import FaultClient


@dataclass
class BreakIt:
    """Screen for breaking things on purpose.

    Attributes:
        scenes: Scenes, which continue after the page is closed: an outage lasts until its server is repaired.
    """

    frame: Frame
    scenes: Scenes
    _pipeline: Pipeline = field(default_factory=Pipeline)
    _rate: ui.slider | None = None
    _is_rate_known: bool = False

    def build(self) -> None:
        """Build the screen; the first refresh fills in the numbers."""
        with self.frame.page("Break it"):
            text("h1", "Break it")
            if not self.frame.gateway.is_writable:
                text("p", "This console is read-only. Start it with --write to break something.", "empty")
                return
            self._pipeline.draw()
            with section("Scenes"), ui.element("div").classes("scenes"):
                for scene in self.scenes.all():
                    self._draw_scene(scene)
            with section("Faults in the functions' calls"):
                self._rules = FaultRules(self.frame, FaultClient(self.scenes.endpoint_url))
                self._rules.draw()
            if self.frame.gateway.settings.failure_rate_parameter:
                with section("Attempts that fail at random"):
                    self._draw_rate()
        self.frame.every(self._refresh)

    async def _refresh(self) -> None:
        await self._rules.refresh()  # first, since the faults may affect the following reads
        if self._rate is not None and not self._is_rate_known:
            rate = await self.frame.operation("failure rate", read_failure_rate)
            self._is_rate_known = True
            self._rate.set_value(rate)
            self._rate.enable()
            self._say_rate()
        stats = await self.frame.read("/stats", window="15m")
        self._pipeline.show(stats["counts"])

    def _draw_scene(self, scene: Scene) -> None:
        with ui.element("article").classes("scene"):
            text("h3", scene.title)
            text("p", scene.watch, "muted")
            said = text("p", "", "said").props('role="status"')
            with ui.element("div").classes("buttons"):
                if scene.repair:
                    repair = scene.repair
                    ui.button(scene.repair_label, on_click=lambda: self._do(said, repair, "Done.")).props(
                        "no-caps flat dense"
                    )
                ui.button("Play", on_click=lambda: self._do(said, scene.play)).props(
                    "no-caps unelevated dense"
                )

    async def _do(self, said: Any, do: Any, done: str = "") -> None:
        said.set_text("…")
        try:
            answer = await self.frame.gateway.changing(do)
        except Unavailable as error:
            said.set_text(str(error))
            return
        said.set_text(done or str(answer))
        await self.frame.refresh()

    def _draw_rate(self) -> None:
        text(
            "p",
            "Each attempt of a task without a simulation of its own fails with this probability.",
            "muted",
        )
        with ui.element("div").classes("rate"):
            self._rate = ui.slider(min=0, max=1, step=0.05, value=0, on_change=self._say_rate)
            self._rate.disable()  # until the current rate is known
            self._rate.props('aria-label="Share of attempts that fail" label snap').classes("grow")
            self._rate.on("change", self._set_rate)
            self._share = text("span", "…", "figures")

    def _say_rate(self) -> None:
        if self._rate is not None and self._is_rate_known:
            self._share.set_text(f"{round(100 * (self._rate.value or 0))} %")

    async def _set_rate(self) -> None:
        gateway, rate = self.frame.gateway, float(self._rate.value or 0) if self._rate else 0
        try:
            await gateway.changing(lambda: set_failure_rate(gateway.session, gateway.settings, rate))
        except Unavailable as error:
            self.frame.notify(error.outcome, is_bad=True)
            self._is_rate_known = False  # the slider shows what was asked for
            await self.frame.refresh()
