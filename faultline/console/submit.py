"""Screen "Submit", with a form for each kind of work."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from uuid6 import uuid7

from faultline.client.api import task_path
from faultline.client.errors import InvalidTaskId
from faultline.console import formatting
from faultline.console.action import submission
from faultline.console.elements import link, section, shell, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.payload_editor import PayloadEditor
from faultline.console.schema_form import NotJson, unquoted
from lambdas.domain.errors import Category

_OPTIONAL = {
    "taskId": "Id, to repeat the submission safely",
    "orderingKey": "Ordering key",
    "reference": "Reference",
    "tags": "Tags, separated by commas",
    "runAt": "Not before, such as 2026-12-31T12:00:00Z",
}
_RECENT = 4
"""Number of recent tasks whose payloads can be copied."""

_SIMULATIONS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "chance": ("at the stage's failure rate", None),
    "none": ("no failure", {}),
    "twice": ("fails twice, then works", {"failures": 2, "error": Category.NETWORK}),
    "invalid": ("fails permanently (VALIDATION)", {"error": Category.VALIDATION}),
    "always": ("fails each time (SYSTEM)", {"error": Category.SYSTEM}),
    "slow": ("takes 5 s", {"latencyMs": 5000}),
    "crash": ("crashes the function", {"crash": True}),
}


@dataclass
class Submit:
    """Screen for submitting a task.

    Attributes:
        kind: Kind of work that is selected at first.
        copied: Id of a task to copy; empty for none.
    """

    frame: Frame
    kind: str
    copied: str = ""
    _kinds: dict[str, dict[str, Any]] = field(default_factory=dict)
    _editor: PayloadEditor | None = None
    _original: dict[str, Any] = field(default_factory=dict)
    _recent: list[str] = field(default_factory=list)
    _optional: dict[str, ui.input] = field(default_factory=dict)
    _buttons: list[ui.button] = field(default_factory=list)
    _last: dict[str, Any] = field(default_factory=dict)
    _last_id: str = ""
    _is_sending: bool = False

    def build(self) -> None:
        """Build the screen; the first refresh fills in the form."""
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
        found = await self.frame.read("/kinds")
        original = await self._read_original()
        kinds = {kind["name"]: kind for kind in found["kinds"]}
        kind, missing = chosen(kinds, original.get("type", self.kind))
        lately = await self.frame.read("/tasks", type=kind, limit=_RECENT)
        # All reads are complete.
        self._recent = [task["taskId"] for task in lately["tasks"] if task["taskId"] != self.copied]
        if missing and original:
            original, missing = {}, f"{missing} Nothing of {self.copied} is copied."
        self.kind, self._original = kind, original
        self._body.clear()  # an error may have ended the drawing before
        self._buttons.clear()
        with self._body:
            self._draw(kinds, missing)
        self._kinds = kinds

    async def _read_original(self) -> dict[str, Any]:
        """Read the task to copy; empty if there is none."""
        if not self.copied:
            return {}
        try:
            return dict(await self.frame.read(task_path(self.copied)))
        except (InvalidTaskId, Unavailable) as error:
            if isinstance(error, Unavailable) and error.status != 404:
                raise
            self.frame.notify(f"There is no task {self.copied} to copy.", is_bad=True)
            return {}

    def _draw(self, kinds: dict[str, dict[str, Any]], missing: str) -> None:
        with section("Work"):
            if missing:
                text("p", missing, "error").props('role="alert"')
            choice = ui.select([*kinds], value=self.kind, label="Kind of work", on_change=self._choose)
            choice.props("dense outlined options-dense").classes("wide")
            kind = kinds[self.kind]
            retry = kind["retry"]
            soon = formatting.duration(retry["initialInterval"])
            longest = formatting.duration(kind["longestSeconds"])
            said = f"At most {retry['maximumAttempts']} attempts, the second after about {soon}"
            said += f"; each may take {longest}."
            text("p", said, "muted")
            if description := kind["payload"].get("description"):
                text("p", unquoted(description), "muted")
            if self._original:
                with ui.element("p").classes("muted"):
                    text("span", "A copy of ")
                    link(self.copied, formatting.task_url(self.copied), "id")
                    text("span", ". Private fields are shown.")
            if self._recent:
                with ui.element("p").classes("muted recent"):
                    text("span", "Begin with the payload of ")
                    for task_id in self._recent:
                        link(task_id, formatting.copy_url(task_id), "id")
            self._editor = PayloadEditor(kind["payload"], self._original.get("payload"))
            self._editor.draw()
        with section("Optional"), ui.element("div").classes("form"):
            for name, label in _OPTIONAL.items():
                value = self._beginning(name)
                self._optional[name] = ui.input(label, value=value).props("dense outlined").classes("wide")
            self._simulate: ui.select | None = None
            if self.frame.gateway.settings.failure_rate is not None:
                self._simulate = ui.select(
                    {name: title for name, (title, _) in _SIMULATIONS.items()}, value="none", label="Simulate"
                )
                self._simulate.props("dense outlined options-dense").classes("wide")
        with ui.element("div").classes("buttons submit"):
            ui.button("Show as command", on_click=self._show).props("flat no-caps")
            self._submit_button("Submit", "outline", follow=False)
            self._submit_button("Submit and follow", "unelevated", follow=True)
        self._outcome = ui.element("div").classes("outcome").props('role="status"')

    def _submit_button(self, title: str, look: str, *, follow: bool) -> None:
        button = ui.button(title).props(f"{look} no-caps")
        # The second click of a double click would submit another task if the first one is already accepted.
        once = "(event) => { if (event.detail < 2) emit(); }"
        button.on("click", lambda: self._submit(follow=follow), js_handler=once)
        self._buttons.append(button)

    def _beginning(self, name: str) -> str:
        """Return a field's initial value; tags, ordering key and reference come from the copied task."""
        if name == "tags":
            return ", ".join(self._original.get("tags", []))
        return str(self._original.get(name, "")) if name in ("orderingKey", "reference") else ""

    def _tags(self, text: str) -> list[str]:
        """Return the tags in a text; if it is unchanged those of the copied task, which may have commas."""
        if text == self._beginning("tags").strip():
            return list(self._original.get("tags", []))
        return [tag.strip() for tag in text.split(",") if tag.strip()]

    def _choose(self, event: Any) -> None:
        ui.navigate.to(f"/submit?kind={event.value}")

    def _given(self) -> dict[str, Any]:
        if self._editor is None:
            raise NotJson("the kinds of work are not known yet")
        given: dict[str, Any] = {"type": self.kind, "payload": self._editor.given()}
        for name, element in self._optional.items():
            value: Any = (element.value or "").strip()
            if name == "tags":
                value = self._tags(value)
            if value:
                given[name] = value
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

    def _identified(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add an id to a submission without one, the same until it is accepted or changed."""
        if "taskId" in given:
            return given
        if given != self._last:
            self._last, self._last_id = given, str(uuid7())
        return {**given, "taskId": self._last_id}

    async def _submit(self, *, follow: bool) -> None:
        if self._is_sending:
            return
        self._is_sending = True
        for button in self._buttons:
            button.disable()
        try:
            await self._send(follow=follow)
        finally:
            self._is_sending = False
            for button in self._buttons:
                button.enable()

    async def _send(self, *, follow: bool) -> None:
        try:
            accepted = await self.frame.gateway.change(submission(self._identified(self._given())))
        except NotJson as error:
            self._complain([str(error)])
            return
        except Unavailable as error:
            left = self._editor.complain(error.fields) if self._editor and error.fields else []
            again = ["Submit it again to make sure: it becomes one task."] if error.may_be_done else []
            self._complain((left or [error.outcome]) + again)
            return
        self._last = {}
        if follow:
            ui.navigate.to(formatting.task_url(accepted["taskId"]))
            return
        self._outcome.clear()
        with self._outcome:
            text("span", "Submitted ")
            link(accepted["taskId"], formatting.task_url(accepted["taskId"]), "id")

    def _complain(self, messages: list[str]) -> None:
        self._outcome.clear()
        with self._outcome:
            for message in messages:
                text("p", message, "error")


def chosen(kinds: Collection[str], wanted: str) -> tuple[str, str]:
    """Return the kind of work to begin with, and a sentence if it is not the wanted one.

    Args:
        kinds: Names of the kinds of work that the stage has.
        wanted: Name of the wanted kind; empty for any.
    """
    if wanted in kinds:
        return wanted, ""
    return next(iter(kinds)), f"There is no kind of work {wanted}." if wanted else ""
