"""Table of tasks.

Its cells are separate elements, so that only those with new values are updated. The cells of a Quasar table's
template would be mounted again at each change, and lose the focus.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console import formatting
from faultline.console.elements import link, text
from faultline.console.present_rows import GONE, PAST

_TITLES = {
    "Task": "",
    "State": "",
    "Kind": "wide-only",
    "Attempts": "wide-only figures",
    "Submitted": "age",
    "Last error": "wide-only",
}


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Elements of a row that change.

    Attributes:
        box: Checkbox of the row; None if rows cannot be selected.
    """

    box: ui.checkbox | None
    status: TextElement
    attempts: TextElement
    age: TextElement
    error: TextElement


@dataclass
class TaskTable:
    """Table of tasks, whose rows can be selected.

    Attributes:
        on_select: Function to call with the selected tasks when they change; None if rows cannot be selected.
    """

    on_select: Callable[[list[dict[str, Any]]], None] | None
    _tasks: list[dict[str, Any]] = field(default_factory=list)
    _rows: dict[str, _Row] = field(default_factory=dict)
    _told: list[tuple[str, str]] = field(default_factory=list)

    def draw(self) -> None:
        """Draw the table without rows."""
        self._table = ui.element("div").classes("part table hidden")
        with self._table, ui.element("table").classes("tasks"):
            with ui.element("thead"), ui.element("tr"):
                if self.on_select:
                    with text("th", "", "box").props('scope="col"'):
                        self._all = ui.checkbox(on_change=lambda event: self._select_all(event.value))
                        self._all.props('dense aria-label="Select all on this page"')
                for title, classes in _TITLES.items():
                    text("th", title, classes).props('scope="col"')
            self._body = ui.element("tbody")

    def show(self, tasks: Sequence[dict[str, Any]]) -> None:
        """Show tasks; rows are redrawn only if the tasks or their order are different."""
        ids = [task["taskId"] for task in tasks]
        if ids != [*self._rows]:
            chosen = {task["taskId"] for task in self._selected()}
            self._body.clear()
            self._rows.clear()
            with self._body:
                self._rows = {task["taskId"]: self._drawn(task, task["taskId"] in chosen) for task in tasks}
        self._tasks = [*tasks]
        for task in tasks:
            _update(self._rows[task["taskId"]], task)
        self._table.classes(remove="hidden") if tasks else self._table.classes("hidden")
        self._tell()  # since selected rows may have left, or have another state

    def clear_selection(self) -> None:
        """Deselect all rows."""
        self._select_all(False)
        if self.on_select:
            self._all.value = False

    def deselect(self, task_ids: Iterable[str]) -> None:
        """Deselect the rows of some tasks, if they are still in the table."""
        for task_id in task_ids:
            if task_id in self._rows and (box := self._rows[task_id].box):
                box.value = False

    def _drawn(self, task: dict[str, Any], is_chosen: bool) -> _Row:
        box = None
        with ui.element("tr"):
            if self.on_select:
                with ui.element("td").classes("box"):
                    box = ui.checkbox(value=is_chosen, on_change=self._tell).props("dense")
                    box.props["aria-label"] = f"Select {task['taskId']}"
            with ui.element("td").classes("id"):
                link(task["taskId"], formatting.task_url(task["taskId"]))
            with ui.element("td"):
                status = text("span")
            text("td", task["type"], "wide-only")
            attempts = text("td", "", "wide-only figures")
            with ui.element("td").classes("age"):
                age = text("span")
                age.props["title"] = formatting.clock(task["submittedAt"])
            with ui.element("td").classes("wide-only"):
                error = text("span", "", "clamp")
        return _Row(box=box, status=status, attempts=attempts, age=age, error=error)

    def _selected(self) -> list[dict[str, Any]]:
        return [task for task in self._tasks if (box := self._rows[task["taskId"]].box) and box.value]

    def _select_all(self, is_chosen: bool) -> None:
        for row in self._rows.values():
            if row.box and row.box.enabled:
                row.box.value = is_chosen

    def _tell(self) -> None:
        chosen = self._selected()
        states = [(task["taskId"], task["status"]) for task in chosen]
        if self.on_select and states != self._told:  # drawing the same buttons again would lose the focus
            self._told = states
            self.on_select(chosen)


def _update(row: _Row, task: dict[str, Any]) -> None:
    status, error = task["status"], task.get("error")
    if PAST in task:
        row.status.set_text(f"Was {formatting.label(status).lower()}")
        row.status.classes(replace="chip")
    else:
        row.status.set_text(formatting.label(status))
        row.status.classes(replace=f"chip {status}")
    if row.box and row.box.enabled == (status == GONE):
        row.box.set_value(row.box.value and status != GONE)
        row.box.set_enabled(status != GONE)
    row.attempts.set_text(f"{task['attempts']} / {task['maxAttempts']}")
    row.age.set_text(formatting.ago(task["submittedAt"], formatting.now()))
    said = f"{error['category']}: {error['message']}" if error else ""
    if row.error.text != said:
        row.error.set_text(said)
        row.error.props["title"] = said
        row.error.update()
