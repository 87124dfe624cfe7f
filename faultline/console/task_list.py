"""Tasks: the list, with its filters in the address."""

from dataclasses import dataclass, field, replace
from typing import Any

from nicegui import ui
from nicegui.events import TableSelectionEventArguments

from faultline.console import words
from faultline.console.action import Action, cancel_all, cancellation, redrive, redrive_all
from faultline.console.confirmation import confirm_all, confirm_many
from faultline.console.elements import empty, link, text
from faultline.console.frame import Frame
from faultline.console.task_filters import FIELDS, TaskFilters
from lambdas.domain.errors import Category

PAGE_SIZE = 50
_TYPED_ALWAYS = ("text", "type")

_COLUMNS = [
    {"name": "id", "label": "Task", "field": "id", "align": "left", "classes": "id"},
    {"name": "status", "label": "State", "field": "status", "align": "left"},
    {"name": "kind", "label": "Kind", "field": "kind", "align": "left"},
    {"name": "attempts", "label": "Attempts", "field": "attempts", "align": "right"},
    {"name": "age", "label": "Submitted", "field": "age", "align": "left"},
    {"name": "error", "label": "Last error", "field": "error", "align": "left"},
]
for _column in _COLUMNS[2:]:
    if _column["name"] != "age":
        _column["classes"] = _column["headerClasses"] = f"wide-only {_column['name']}"

# Values are bound as texts: Vue escapes them.
_ID = '<q-td :props="props"><a class="nicegui-link" :href="props.row.url">{{ props.row.id }}</a></q-td>'
_STATUS = '<q-td :props="props"><span :class="`chip ${props.row.state}`">{{ props.row.status }}</span></q-td>'
_ERROR = (
    '<q-td :props="props"><span class="clamp" :title="props.row.error">{{ props.row.error }}</span></q-td>'
)
_AGE = '<q-td :props="props"><span :title="props.row.submitted">{{ props.row.age }}</span></q-td>'

_SELECT = '<q-checkbox dense v-model="props.selected" :aria-label="`Select ${props.row.id}`" />'
_SELECT_ALL = '<q-checkbox dense v-model="props.selected" aria-label="Select all on this page" />'


@dataclass
class TaskList:
    """The screen. Rows keep their places: new tasks wait until the person asks for them."""

    frame: Frame
    filters: TaskFilters
    _tasks: list[dict[str, Any]] = field(default_factory=list)
    _newest: list[dict[str, Any]] = field(default_factory=list)
    _is_read: bool = False

    def build(self) -> None:
        """Build the screen, without rows yet."""
        with self.frame.page("Tasks"):
            text("h1", "Tasks")
            self._build_filters()
            with ui.element("div").classes("list-head"):
                self._count = text("span", "", "muted").props('role="status"')
                self._new = ui.button("", on_click=self._show_new).props("no-caps unelevated dense")
                self._new.classes("new hidden")
                self._build_all()
                self._bulk = ui.element("div").classes("bulk hidden")
            self._table = ui.table(
                rows=[], columns=_COLUMNS, selection=self._selection(), on_select=self._selected
            )
            self._table.props('flat dense hide-no-data table-class="tasks"').classes("part table")
            for name, slot in (("id", _ID), ("status", _STATUS), ("error", _ERROR), ("age", _AGE)):
                self._table.add_slot(f"body-cell-{name}", slot)
            self._table.add_slot("body-selection", _SELECT)
            self._table.add_slot("header-selection", _SELECT_ALL)
            self._nothing = empty("").classes("hidden")
            self._pages = ui.element("div").classes("pages")
        self.frame.every(self._refresh)

    def _selection(self) -> Any:
        return "multiple" if self.frame.gateway.is_writable else None

    def _build_filters(self) -> None:
        with ui.element("div").classes("filters"), ui.element("div").classes("states"):
            for status, hint in words.STATUSES.items():
                chip = link(
                    words.label(status), self.filters.toggled(status).address, f"chip toggle {status}"
                )
                chip.tooltip(hint)
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
                on_change=lambda event: self._go(self.filters.with_category(event.value)),
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
        """Offer actions on all that match. Those that change many tasks cannot look for a text."""
        conditions = self.filters.conditions
        if not conditions or "text" in conditions or not self.frame.gateway.is_writable:
            return
        statuses = self.filters.statuses
        actions = []
        if statuses == ("DEAD_LETTERED",):
            without = {name: value for name, value in conditions.items() if name != "status"}
            if without:
                actions.append(redrive_all(without))
        if all(status in words.WAITING for status in statuses):
            actions.append(cancel_all(conditions))
        for action in actions:
            title = f"{action.title} all that match"
            ui.button(title, on_click=lambda action=action: self._all(action)).props("no-caps flat dense")

    async def _all(self, action: Action) -> None:
        if await confirm_all(self.frame, action):
            await self.frame.refresh()

    def _field(self, name: str) -> None:
        field_ = ui.input(FIELDS[name], value=self.filters.typed.get(name, ""))
        field_.props("dense outlined clearable" + (' data-search="1"' if name == "text" else ""))
        field_.classes("field")
        if name.startswith("submitted"):
            field_.props('placeholder="2026-01-31T12:00:00Z"')

        def apply() -> None:
            self._go(self.filters.with_typed(name, field_.value or ""))

        field_.on("keydown.enter", apply).on("clear", apply)

    def _ask(self, name: str) -> None:
        with self._asked:
            self._field(name)

    def _go(self, filters: TaskFilters) -> None:
        ui.navigate.to(filters.address)

    async def _refresh(self) -> None:
        page = await self.frame.gateway.read(
            "/tasks", limit=PAGE_SIZE, nextToken=self.filters.page, **self.filters.query
        )
        tasks = page["tasks"]
        if not self._is_read:
            self._is_read = True
            self._draw_pages(page.get("nextToken"))
        if not self._tasks:  # there are no rows that could move
            self._tasks = tasks
        self._newest = tasks
        found = {task["taskId"]: task for task in tasks}
        self._tasks = [found.get(task["taskId"], task) for task in self._tasks]
        known = {task["taskId"] for task in self._tasks}
        new = sum(task["taskId"] not in known for task in tasks) if not self.filters.page else 0
        self._new.set_text(f"{new}{'+' if new == PAGE_SIZE else ''} new")
        self._new.classes(remove="hidden") if new else self._new.classes("hidden")
        self._draw_rows()

    def _draw_rows(self) -> None:
        at = words.now()
        rows = [_row(task, at) for task in self._tasks]
        if rows != self._table.rows:
            self._table.rows = rows
        self._count.set_text(f"{len(rows)} tasks on this page" if len(rows) != 1 else "1 task")
        self._nothing.set_text(
            "No task matches these filters." if self.filters.are_set else "No tasks yet. Submit one to begin."
        )
        self._nothing.classes("hidden") if rows else self._nothing.classes(remove="hidden")
        self._table.classes(remove="hidden") if rows else self._table.classes("hidden")

    def _draw_pages(self, token: str | None) -> None:
        with self._pages:
            if self.filters.page:
                link("Newest", replace(self.filters, page="").address)
            if token:
                link("Older", replace(self.filters, page=token).address, "older")

    def _show_new(self) -> None:
        known = {task["taskId"] for task in self._newest}
        rest = [task for task in self._tasks if task["taskId"] not in known]
        self._tasks = [*self._newest, *rest][:PAGE_SIZE]
        self._new.classes("hidden")
        self._draw_rows()

    def _selected(self, event: TableSelectionEventArguments) -> None:
        chosen = event.selection
        self._bulk.clear()
        self._bulk.classes(remove="hidden") if chosen else self._bulk.classes("hidden")
        with self._bulk:
            text("span", f"{len(chosen)} selected")
            for title, make, states in (
                ("Redrive", redrive, ("DEAD_LETTERED",)),
                ("Cancel", cancellation, words.CANCELLABLE),
            ):
                actions = [make(row["id"]) for row in chosen if row["state"] in states]
                if actions:
                    self._bulk_button(title, actions)

    def _bulk_button(self, title: str, actions: list[Action]) -> None:
        async def ask() -> None:
            if await confirm_many(self.frame, title, actions):
                self._table.selected = []
                self._bulk.classes("hidden")
                await self.frame.refresh()

        ui.button(f"{title} {len(actions)}", on_click=ask).props("no-caps outline dense")


def _row(task: dict[str, Any], at: Any) -> dict[str, Any]:
    error = task.get("error")
    return {
        "id": task["taskId"],
        "url": words.task_url(task["taskId"]),
        "state": task["status"],
        "status": words.label(task["status"]),
        "kind": task["type"],
        "attempts": f"{task['attempts']} / {task['maxAttempts']}",
        "age": words.ago(task["submittedAt"], at),
        "submitted": words.clock(task["submittedAt"]),
        "error": f"{error['category']}: {error['message']}" if error else "",
    }
