"""Screen "Tasks": the list of tasks, with its filters in the address."""

from dataclasses import dataclass, field, replace
from typing import Any

from nicegui import ui

from faultline.client.api import task_path
from faultline.client.errors import InvalidTaskId
from faultline.console import formatting
from faultline.console.action import Action, cancel_all, cancellation, redrive, redrive_all, run_now
from faultline.console.confirmation import confirm_all, confirm_many
from faultline.console.elements import Area, empty, link, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.present_rows import GONE, PresentRows
from faultline.console.states import MAY_BE_CANCELLED, MEANINGS, RUNNABLE_NOW
from faultline.console.suggestions import Suggestions
from faultline.console.task_filters import FIELDS, TaskFilters
from faultline.console.task_table import TaskTable
from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import CANCELLABLE, Status

PAGE_SIZE = 50
_TYPED_ALWAYS = ("text", "type")


@dataclass
class TaskList:
    """Screen with the list of tasks, in which rows do not move: new tasks are added on request."""

    frame: Frame
    filters: TaskFilters
    _tasks: list[dict[str, Any]] = field(default_factory=list)
    _newest: list[dict[str, Any]] = field(default_factory=list)
    _present: PresentRows = field(init=False, repr=False)
    _older: str | None = None
    _suggestions: Suggestions = field(default_factory=Suggestions)
    _inputs: dict[str, ui.input] = field(default_factory=dict)
    _states: dict[str, ui.link] = field(default_factory=dict)
    _knows_kinds: bool = False

    def build(self) -> None:
        """Build the screen with an empty table."""
        self._present = PresentRows(self.frame)
        self._table = TaskTable(self._selected if self.frame.gateway.is_writable else None)
        with self.frame.page("Tasks"):
            text("h1", "Tasks")
            self._build_filters()
            with ui.element("div").classes("list-head"):
                self._build_all()  # first, so that what appears beside it does not move it
                self._count = text("span", "", "muted").props('role="status"')
                self._new = ui.button("", on_click=self._show_new).props("no-caps unelevated dense")
                self._new.classes("new hidden")
                self._bulk = ui.element("div").classes("bulk hidden")
            self._table.draw()
            self._nothing = empty("").classes("hidden")
            self._found = Area("p")
            self._pages = Area("div", "pages")
        self.frame.every(self._refresh)

    def _build_filters(self) -> None:
        with ui.element("div").classes("filters"), ui.element("div").classes("states"):
            for status, meaning in MEANINGS.items():
                chip = link(
                    formatting.label(status), self.filters.toggled(status).address, f"chip toggle {status}"
                )
                chip.tooltip(meaning)
                self._states[status] = chip
                if status in self.filters.statuses:
                    chip.classes("on").props('aria-current="true"')
        with ui.element("div").classes("filters fields"):
            for name in (*_TYPED_ALWAYS, *(each for each in FIELDS if each not in _TYPED_ALWAYS)):
                if name in _TYPED_ALWAYS or name in self.filters.typed:
                    self._field(name)
            category = ui.select(
                {"": "any category", **{each: each for each in Category}},
                value=self.filters.category,
                label="Category of error",
                on_change=lambda event: self._go(self._typed.with_category(event.value)),
            )
            category.props("dense outlined options-dense").classes("field")
            unused = {name: title for name, title in FIELDS.items() if name not in self.filters.typed}
            with ui.button("More filters", icon="add").props("flat no-caps dense"), ui.menu():
                for name, title in unused.items():
                    if name not in _TYPED_ALWAYS:
                        ui.menu_item(title, on_click=lambda name=name: self._ask(name)).props("role=menuitem")
            if self.filters.are_set:
                link("Clear", "/tasks", "clear")
        self._asked = ui.element("div").classes("filters fields")

    def _build_all(self) -> None:
        """Draw buttons for actions on all matching tasks, if the filters and the console allow any."""
        conditions = self.filters.conditions
        if not conditions or "text" in conditions or not self.frame.gateway.is_writable:
            return
        statuses = self.filters.statuses
        actions = []
        if statuses == ("DEAD_LETTERED",):
            without = {name: value for name, value in conditions.items() if name != "status"}
            if without:
                actions.append(redrive_all(without))
        if all(status in CANCELLABLE for status in statuses):
            actions.append(cancel_all(conditions))
        for action in actions:
            title = f"{action.title} all that match"
            ui.button(title, on_click=lambda action=action: self._all(action)).props("no-caps flat dense")

    @property
    def _typed(self) -> TaskFilters:
        """The filters with the texts in the fields, which may not be applied yet."""
        typed = self.filters
        for name, field_ in self._inputs.items():
            if (field_.value or "").strip() != self.filters.typed.get(name, ""):
                typed = typed.with_typed(name, field_.value or "")
        return typed

    def _point_states(self) -> None:
        """Let the states' links keep the texts in the fields."""
        typed = self._typed
        for status, chip in self._states.items():
            chip.props["href"] = typed.toggled(status).address
            chip.update()

    async def _all(self, action: Action) -> None:
        if self._typed.typed != self.filters.typed:
            self.frame.notify(
                "Press Enter in the filter that you have changed, to apply it first.", is_bad=True
            )
            return
        if await confirm_all(self.frame, action) is not None:
            await self.frame.refresh()

    def _field(self, name: str) -> None:
        typed = self.filters.typed.get(name, "")
        field_ = ui.input(
            FIELDS[name],
            value=typed,
            autocomplete=self._suggestions.of(name),
            on_change=self._point_states,
        )
        self._inputs[name] = field_
        field_.props("dense outlined clearable" + (' data-search="1"' if name == "text" else ""))
        field_.classes("field")
        if name.startswith(("submitted", "died")):
            field_.props('placeholder="2026-01-31T12:00:00Z"')

        def apply(value: str) -> None:
            self._go(self._typed.with_typed(name, value))

        # Enter carries the text: in a page that is still connecting it can arrive before the change of value.
        typed_text = "(event) => emit(event.target.value)"
        field_.on("keydown.enter", lambda event: apply(event.args), js_handler=typed_text)
        field_.on("clear", lambda: apply(""))

    def _ask(self, name: str) -> None:
        with self._asked:
            self._field(name)

    def _go(self, filters: TaskFilters) -> None:
        ui.navigate.to(filters.address)

    async def _refresh(self) -> None:
        page = await self.frame.read(
            "/tasks", limit=PAGE_SIZE, nextToken=self.filters.page, **self.filters.query
        )
        tasks = page["tasks"]
        self._older = page.get("nextToken")
        self._newest = tasks
        present = await self._present.read(self._tasks, tasks)
        self._tasks = [present.get(task["taskId"], task) for task in self._tasks]
        # No rows are shown that could move, as at first and after a restart of a sandbox.
        if all(task["status"] == GONE for task in self._tasks):
            self._tasks = tasks
            self._pages.show(self._older, self._draw_pages)
        known = {task["taskId"] for task in self._tasks}
        new = sum(task["taskId"] not in known for task in tasks) if not self.filters.page else 0
        more = "+" if new == PAGE_SIZE and self._older else ""  # the next page may have as many
        self._new.set_text(f"{new}{more} new")
        self._new.classes(remove="hidden") if new else self._new.classes("hidden")
        self._draw_rows()
        self._found.show(await self._with_whole_id(), _draw_found)
        self._suggestions.add_tasks(tasks)
        if not self._knows_kinds:
            self._suggestions.add_kinds((await self.frame.read("/kinds"))["kinds"])
            self._knows_kinds = True
        self._suggest()

    async def _with_whole_id(self) -> str | None:
        """Return the text to find if it is the id of a task, and the list ended before it found any."""
        text_ = self.filters.typed.get("text")
        if not text_ or self._tasks or not self._older:
            return None
        try:
            await self.frame.read(task_path(text_))
        except (InvalidTaskId, Unavailable):
            return None
        return text_

    def _suggest(self) -> None:
        for name, field_ in self._inputs.items():
            if field_.props["_autocomplete"] != self._suggestions.of(name):
                field_.set_autocomplete(self._suggestions.of(name))

    def _draw_rows(self) -> None:
        rows = self._tasks
        self._table.show(rows)
        gone = sum(task["status"] == GONE for task in rows)
        left = len(rows) - gone
        said = f"{left} tasks on this page" if left != 1 else "1 task"
        self._count.set_text(f"{said}, {gone} gone" if gone else said)
        if self._older:  # a page ends after some thousand entries, even if none of them matches
            nothing = "None of the tasks examined so far matches; older ones may."
        elif self.filters.page:
            nothing = "No older task matches."
        elif self.filters.are_set:
            nothing = "No task matches these filters."
        else:
            nothing = "No tasks yet. Submit one to begin."
        self._nothing.set_text(nothing)
        self._nothing.classes("hidden") if rows else self._nothing.classes(remove="hidden")

    def _draw_pages(self, older: str | None) -> None:
        if self.filters.page:
            link("Newest", replace(self.filters, page="").address)
        if older:
            link("Older", replace(self.filters, page=older).address, "older")

    def _show_new(self) -> None:
        known = {task["taskId"] for task in self._newest}
        rest = [task for task in self._tasks if task["taskId"] not in known and task["status"] != GONE]
        self._tasks = [*self._newest, *rest][:PAGE_SIZE]
        self._pages.show(
            self._older, self._draw_pages
        )  # rows that no longer fit on this page are on the next one
        self._new.classes("hidden")
        self._draw_rows()

    def _selected(self, chosen: list[dict[str, Any]]) -> None:
        self._bulk.clear()
        self._bulk.classes(remove="hidden") if chosen else self._bulk.classes("hidden")
        with self._bulk:
            text("span", f"{len(chosen)} selected")
            for title, make, states in (
                ("Redrive", redrive, frozenset({Status.DEAD_LETTERED})),
                ("Run now", run_now, RUNNABLE_NOW),
                ("Cancel", cancellation, MAY_BE_CANCELLED),
            ):
                ids = [task["taskId"] for task in chosen if task["status"] in states]
                actions = {task_id: make(task_id) for task_id in ids}
                if actions:
                    self._bulk_button(title, actions)

    def _bulk_button(self, title: str, actions: dict[str, Action]) -> None:
        async def ask() -> None:
            done = await confirm_many(self.frame, title, [*actions.values()])
            if done is None:
                return
            if len(done) == len(actions):
                self._table.clear_selection()
            else:  # the tasks that are left stay selected
                self._table.deselect(task_id for task_id, action in actions.items() if action in done)
            await self.frame.refresh()

        ui.button(f"{title} {len(actions)}", on_click=ask).props("no-caps outline dense")


def _draw_found(task_id: str | None) -> None:
    if task_id is not None:
        text("span", "There is a task with this id: ")
        link(task_id, formatting.task_url(task_id), "id")
