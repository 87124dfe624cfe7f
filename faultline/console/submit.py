"""Submit: a form for each kind of work, or JSON."""

from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from faultline.console import words
from faultline.console.action import submission
from faultline.console.elements import link, section, shell, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.schema_form import NotJson, SchemaForm
from lambdas.domain import strict_json
from lambdas.domain.errors import Category

_OPTIONAL = {
    "taskId": "Id, which makes it repeatable",
    "orderingKey": "Ordering key",
    "reference": "Reference",
    "tags": "Tags, separated by commas",
    "runAt": "Not before, such as 2026-12-31T12:00:00Z",
}
_SIMULATIONS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "chance": ("what the stage's failure rate says", None),
    "none": ("no failure", {}),
    "twice": ("fails twice, then works", {"failures": 2, "error": Category.NETWORK}),
    "invalid": ("is refused for good (VALIDATION)", {"error": Category.VALIDATION}),
    "always": ("fails each time (SYSTEM)", {"error": Category.SYSTEM}),
    "slow": ("takes 5 s", {"latencyMs": 5000}),
    "crash": ("crashes the function", {"crash": True}),
}


@dataclass
class Submit:
    """The screen.

    Attributes:
        kind: The kind of work to begin with.
    """

    frame: Frame
    kind: str
    _kinds: dict[str, dict[str, Any]] = field(default_factory=dict)
    _form: SchemaForm | None = None
    _optional: dict[str, ui.input] = field(default_factory=dict)

    def build(self) -> None:
        """Build the screen, without the kinds yet."""
        with self.frame.page("Submit"):
            text("h1", "Submit a task")
            if not self.frame.gateway.is_writable:
                text("p", "This console is read-only. Start it with --write to submit tasks.", "empty")
                return
            self._body = ui.element("div")
        self.frame.every(self._refresh)

    async def _refresh(self) -> None:
        if self._kinds:
            return
        found = await self.frame.gateway.read("/kinds")
        self._kinds = {kind["name"]: kind for kind in found["kinds"]}
        if self.kind not in self._kinds:
            self.kind = next(iter(self._kinds))
        with self._body:
            self._draw()

    def _draw(self) -> None:
        with section("Work"):
            choice = ui.select([*self._kinds], value=self.kind, label="Kind of work", on_change=self._choose)
            choice.props("dense outlined options-dense").classes("wide")
            kind = self._kinds[self.kind]
            retry = kind["retry"]
            soon, longest = words.duration(retry["initialInterval"]), words.duration(kind["longestSeconds"])
            said = f"At most {retry['maximumAttempts']} attempts, the second after about {soon}"
            said += f"; each may take {longest}."
            text("p", said, "muted")
            if description := kind["payload"].get("description"):
                text("p", description, "muted")
            self._form = SchemaForm(kind["payload"])
            self._is_json = ui.switch("Payload as JSON", value=not self._form.has_fields)
            with (
                ui.element("div")
                .classes("form")
                .bind_visibility_from(self._is_json, "value", lambda on: not on)
            ):
                self._form.draw()
            self._json = ui.textarea("Payload", value='{"hello": "world"}').props(
                "outlined autogrow input-class=id"
            )
            self._json.classes("wide").bind_visibility_from(self._is_json, "value")
            self._is_json.set_visibility(self._form.has_fields)
        with section("Optional"), ui.element("div").classes("form"):
            for name, label in _OPTIONAL.items():
                self._optional[name] = ui.input(label).props("dense outlined").classes("wide")
            self._simulate: ui.select | None = None
            if self.frame.gateway.settings.failure_rate is not None:
                self._simulate = ui.select(
                    {name: title for name, (title, _) in _SIMULATIONS.items()}, value="none", label="Simulate"
                )
                self._simulate.props("dense outlined options-dense").classes("wide")
        with ui.element("div").classes("buttons submit"):
            ui.button("Show as command", on_click=self._show).props("flat no-caps")
            ui.button("Submit", on_click=lambda: self._submit(follow=False)).props("outline no-caps")
            ui.button("Submit and follow", on_click=lambda: self._submit(follow=True)).props(
                "unelevated no-caps"
            )
        self._outcome = ui.element("div").classes("outcome").props('role="status"')

    def _choose(self, event: Any) -> None:
        ui.navigate.to(f"/submit?kind={event.value}")

    def _given(self) -> dict[str, Any]:
        if self._form is None:
            raise NotJson("the kinds of work are not known yet")
        if self._is_json.value:
            try:
                payload = strict_json.loads(self._json.value or "{}")
            except ValueError as error:
                raise NotJson(f"payload: no valid JSON ({error})") from error
        else:
            payload = self._form.payload()
        given: dict[str, Any] = {"type": self.kind, "payload": payload}
        for name, element in self._optional.items():
            value = (element.value or "").strip()
            if value:
                given[name] = [tag.strip() for tag in value.split(",")] if name == "tags" else value
        if self._simulate is not None and self._simulate.value:
            simulate = _SIMULATIONS[self._simulate.value][1]
            if simulate is not None:
                given["simulate"] = simulate
        return given

    def _show(self) -> None:
        try:
            action = submission(self._given())
        except NotJson as error:
            self._complain([str(error)])
            return
        gateway = self.frame.gateway
        self._outcome.clear()
        with self._outcome:
            shell(action.command(gateway.place), "command")
            shell(action.curl(gateway.api.url, gateway.settings), "curl")

    async def _submit(self, *, follow: bool) -> None:
        try:
            accepted = await self.frame.gateway.change(submission(self._given()))
        except NotJson as error:
            self._complain([str(error)])
            return
        except Unavailable as error:
            left = self._form.complain(error.fields) if self._form and not self._is_json.value else []
            self._complain(left or [str(error)])
            return
        if follow:
            ui.navigate.to(words.task_url(accepted["taskId"]))
            return
        self._outcome.clear()
        with self._outcome:
            text("span", "Submitted ")
            link(accepted["taskId"], words.task_url(accepted["taskId"]), "id")

    def _complain(self, messages: list[str]) -> None:
        self._outcome.clear()
        with self._outcome:
            for message in messages:
                text("p", message, "error")
