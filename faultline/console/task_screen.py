"""Screen of a task: its situation, attempts, payload, result, logs and trace, and the possible actions."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nicegui import ui

from faultline.client.api import task_path
from faultline.client.errors import InvalidTaskId
from faultline.console import formatting
from faultline.console.action import Action, cancellation, redrive, run_now
from faultline.console.attempt_table import draw_attempts, draw_lanes
from faultline.console.confirmation import confirm
from faultline.console.correction import redrive_with_correction
from faultline.console.elements import Area, copyable, link, section, status_chip, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.json_view import draw_json
from faultline.console.readings import read_all
from faultline.console.situation import Circuits, Situation, situation
from faultline.console.states import LOST_AFTER, MAY_BE_CANCELLED, RUNNABLE_NOW
from faultline.console.task_evidence import TaskEvidence
from faultline.console.turn import Turn, turn_query, waits_for_turn
from faultline.operations.circuits import read_circuits
from lambdas.domain.amendment import is_amendable
from lambdas.domain.task import may_be_redriven

_FACTS = {
    "type": "Kind",
    "generation": "Generation",
    "runAt": "Runs at",
    "submittedAt": "Submitted",
    "updatedAt": "Last change",
}

_NO_FACTS = ("history", "payload", "result", "error")
"""Fields shown in other parts of the screen, so that their changes do not redraw the facts."""
_CORRECT, _COPY = "Redrive with a correction", "Submit a copy"


@dataclass
class TaskScreen:
    """Screen of a task, whose parts are redrawn only when they change, so that they keep the focus."""

    frame: Frame
    task_id: str
    _task: dict[str, Any] | None = None
    _situation: Situation = field(default_factory=lambda: Situation(headline=""))
    _is_revealed: bool = False
    _evidence: TaskEvidence = field(init=False, repr=False)

    def build(self) -> None:
        """Build the screen; the first refresh fills in the task."""
        self._evidence = TaskEvidence(self.frame)
        with self.frame.page(self.task_id):
            with ui.element("div").classes("task-head"):
                with text("h1"):
                    copyable(self.task_id, "id")
                self._chip = Area("span")
                self._buttons = Area("div", "buttons")
            self._missing = text("p", "", "empty hidden")
            self._body = ui.element("div").classes("hidden")
            with self._body:
                with ui.element("section").classes("part now"):
                    self._headline = text("p", "", "headline").props('role="status"')
                    self._detail = text("p", "", "muted")
                    self._opened = Area("p")
                with section("Path"):
                    self._path = Area()
                with section("Attempts"):
                    self._attempts = Area()
                self._evidence.draw()
                with section("Task"):
                    self._facts = Area("dl", "facts")
                self._data = Area()
        self.frame.every(self._refresh)
        ui.timer(1.0, self._count_down)

    async def _refresh(self) -> None:
        try:
            task = await self.frame.read(task_path(self.task_id))
        except InvalidTaskId as error:
            self._miss(str(error))
            return
        except Unavailable as error:
            if error.status != 404:
                raise
            self._miss("There is no task with this id, or it is no longer kept.")
            return
        await read_all(self._refresh_situation(task), self._evidence.refresh(task))

    async def _refresh_situation(self, task: dict[str, Any]) -> None:
        """Draw the task, with the reason for its wait; without it, if that cannot be read."""
        found, is_new = situation(task, {}), task != self._task
        try:
            turn: Turn | None = None
            circuits: Circuits = {}
            if waits_for_turn(task):
                turn = Turn.of(task, await self.frame.read("/tasks", **turn_query(task)))
            elif task["status"] == "PARKED" and "circuit" in task["history"][-1]:
                known = await self.frame.operation("circuits", read_circuits)
                circuits = {each["name"]: each for each in known}
            found = situation(task, circuits, turn)
            is_new = is_new or found != self._situation
        finally:
            if is_new:
                self._task, self._situation = None, found  # a drawing that fails is repeated
                self._draw(task)
                self._task = task
            self._show_buttons(task)

    def _miss(self, sentence: str) -> None:
        self._missing.set_text(sentence)
        self._missing.classes(remove="hidden")
        self._body.classes("hidden")
        self._chip.show(None, lambda _: None)
        self._buttons.show([], self._draw_buttons)
        self._task = None  # so that it is drawn again if it returns

    def _draw(self, task: dict[str, Any]) -> None:
        self._missing.classes("hidden")
        self._body.classes(remove="hidden")
        self._chip.show(task["status"], status_chip)
        self._detail.set_text(self._situation.detail)
        self._opened.show(self._situation.opened_by, self._draw_opened)
        self._count_down()
        self._path.show(task["history"], draw_lanes)
        self._attempts.show(task["history"], draw_attempts)
        self._facts.show({name: task[name] for name in task if name not in _NO_FACTS}, self._draw_facts)
        self._show_data(task)

    def _count_down(self) -> None:
        found = self._situation
        if found.due is None:
            self._headline.set_text(found.headline)
            return
        left = (found.due - formatting.now()).total_seconds()
        when = f"in {formatting.duration(round(left))}" if left >= 1 else "any moment now"
        at = formatting.time_of_day(found.due, formatting.now().date())
        self._headline.set_text(f"{found.headline} {when}, at {at}.")

    def _draw_opened(self, by: str | None) -> None:
        if by == self.task_id:
            text("span", "Its own failure opened it.")
        elif by:
            text("span", "The task whose failure opened it: ")
            link(by, formatting.task_url(by), "id")

    def _show_buttons(self, task: dict[str, Any]) -> None:
        """Update the buttons, which also depend on the time."""
        offers = possible_actions(task) if self.frame.gateway.is_writable else []
        self._buttons.show(offers, self._draw_buttons)

    def _draw_buttons(self, offers: list[Action | str]) -> None:
        for number, offer in enumerate(offers):
            title = offer if isinstance(offer, str) else offer.title
            look = "flat" if offer == _COPY else "outline" if number else "unelevated"
            ui.button(title, on_click=partial(self._act, offer)).props(f"no-caps {look}")

    async def _act(self, offer: Action | str) -> None:
        if offer == _COPY:
            ui.navigate.to(formatting.copy_url(self.task_id))
        elif isinstance(offer, Action):
            if await confirm(self.frame, offer):
                await self.frame.refresh()
        elif self._task and await redrive_with_correction(self.frame, self._task):
            await self.frame.refresh()

    def _draw_facts(self, task: dict[str, Any]) -> None:
        for name, title in _FACTS.items():
            if name in task:
                text("dt", title)
                value = task[name]
                text("dd", formatting.clock(value) + " UTC" if name.endswith("At") else str(value))
        for name, title in (("orderingKey", "Ordering key"), ("reference", "Reference")):
            if name in task:
                text("dt", title)
                with text("dd"):
                    link(task[name], formatting.tasks_url(**{name: task[name]}), "id")
        if task.get("tags"):
            text("dt", "Tags")
            with text("dd"):
                for tag in task["tags"]:
                    link(tag, formatting.tasks_url(tag=tag), "chip")
        for name, title in (("correlationId", "Correlation id"), ("traceId", "Trace")):
            if name in task:
                text("dt", title)
                with text("dd"):
                    copyable(task[name], title.lower())

    def _show_data(self, task: dict[str, Any]) -> None:
        shown: dict[str, Any] = {name: task[name] for name in ("error", "payload", "result") if name in task}
        self._data.show((shown, self._is_revealed), lambda content: self._draw_data(content[0]))

    def _draw_data(self, task: dict[str, Any]) -> None:
        if error := task.get("error"):
            with section("Error"):
                draw_json({name: value for name, value in error.items() if name != "traceback"}, "error")
                if "traceback" in error:
                    text("h3", "Traceback")
                    with ui.element("div").classes("json"):
                        text("pre", error["traceback"]).props('tabindex="0"')
        hidden = False
        for name in ("payload", "result"):
            if name not in task:
                continue
            masked = self.frame.gateway.masked(task[name])
            hidden = hidden or masked != task[name]
            with section(name.capitalize()):
                draw_json(task[name] if self._is_revealed else masked, name)
        if hidden:
            title = "Hide private fields" if self._is_revealed else "Show private fields"
            ui.button(title, on_click=self._reveal).props("flat no-caps")

    def _reveal(self) -> None:
        self._is_revealed = not self._is_revealed
        if self._task:
            self._show_data(self._task)


def possible_actions(task: dict[str, Any]) -> list[Action | str]:
    """Return the possible actions on a task, and the titles of those that open a form."""
    task_id = task["taskId"]
    is_record = not may_be_redriven(task_id)
    offers: list[Action | str] = []
    if task["status"] == "DEAD_LETTERED" and not is_record:
        offers.append(redrive(task_id))
        if is_amendable(task_id):
            offers.append(_CORRECT)
    if _may_run_now(task):
        offers.append(run_now(task_id))
    if task["status"] in MAY_BE_CANCELLED and (not task.get("cancelRequested") or _is_lost(task)):
        offers.append(cancellation(task_id))
    return offers if is_record else [*offers, _COPY]


def _is_lost(task: dict[str, Any]) -> bool:
    """Return whether a task's attempt is lost, so that another request to cancel the task ends it."""
    begun = formatting.moment(task["history"][-1]["at"])
    return task["status"] == "PROCESSING" and formatting.now() - begun > LOST_AFTER


def _may_run_now(task: dict[str, Any]) -> bool:
    """Return whether a task may run now; a wait for a turn or for the end of a pause cannot be cut short."""
    waits_for = task["history"][-1].get("waitsFor")
    return task["status"] in RUNNABLE_NOW or (
        task["status"] == "PARKED" and waits_for in ("CIRCUIT", "RETRY")
    )
