"""Panels with the log lines and the trace of a task, which are read when they are opened."""

import shlex
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nicegui import ui

from faultline.console import formatting
from faultline.console.attempts import attempts
from faultline.console.elements import Area, empty, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.trace_waterfall import draw_trace
from faultline.operations.logs import Line
from faultline.operations.task_log import TaskLog, read_task_log
from faultline.operations.traces import read_trace
from lambdas.domain.lifecycle import ENDED

_KEPT_SECONDS = 5.0
_SETTLED_SECONDS = 60.0
"""Seconds after the end of a task during which log lines and traces may still arrive on AWS."""


@dataclass
class _Drawer:
    """A panel whose content is read while it is open.

    Attributes:
        read: Function that reads and shows the content.
    """

    title: str
    read: Callable[[Area], Awaitable[None]]
    _is_settled: bool = False

    def draw(self) -> None:
        """Draw the panel, closed."""
        with ui.element("section").classes("part drawer"):
            self._expansion = ui.expansion(self.title, on_value_change=self._opened)
            self._expansion.props('header-class="drawer-title"')
            with self._expansion:
                self._area = Area()

    async def refresh(self, *, is_settled: bool) -> None:
        """Read the content again, if the panel is open and more may have been added.

        Args:
            is_settled: Whether no more content is expected.
        """
        if not self._expansion.value or self._is_settled:
            return
        try:
            await self.read(self._area)
            self._is_settled = is_settled
        except Unavailable as error:
            self._area.show(str(error), empty)

    def reopen(self) -> None:
        """Read the content again at the next refresh, since the task has changed."""
        self._is_settled = False

    async def _opened(self) -> None:
        await self.refresh(is_settled=False)


@dataclass
class TaskEvidence:
    """Panels with the log lines and the trace of a task."""

    frame: Frame
    _task: Mapping[str, Any] = field(default_factory=dict)

    def draw(self) -> None:
        """Draw the panels, closed."""
        self._drawers = (_Drawer("Log lines", self._read_log), _Drawer("Trace", self._read_trace))
        for drawer in self._drawers:
            drawer.draw()

    async def refresh(self, task: Mapping[str, Any]) -> None:
        """Read the content of open panels again.

        Args:
            task: Current state of the task.
        """
        if task != self._task:
            self._task = task
            for drawer in self._drawers:
                drawer.reopen()
        age = (formatting.now() - formatting.moment(task["updatedAt"])).total_seconds()
        is_settled = task["status"] in ENDED and age > _SETTLED_SECONDS
        for drawer in self._drawers:
            await drawer.refresh(is_settled=is_settled)

    async def _read_log(self, area: Area) -> None:
        task = self._task
        if not task:
            return
        name = f"log {task['taskId']} {task['updatedAt']}"
        found = await self.frame.operation(name, partial(read_task_log, task=task), at_least=_KEPT_SECONDS)
        command = shlex.join(["faultline", "logs", task["taskId"], *self.frame.gateway.place])
        area.show(found, partial(_draw_log, task, command))

    async def _read_trace(self, area: Area) -> None:
        if not self._task:
            return
        trace_id = self._task.get("traceId")
        if trace_id is None:
            area.show("The task was not traced: X-Ray only samples some of the requests.", empty)
            return
        spans = await self.frame.operation(
            f"trace {trace_id}", lambda session, _: read_trace(session, trace_id), at_least=_KEPT_SECONDS
        )
        area.show(spans, draw_trace)


def _draw_log(task: Mapping[str, Any], command: str, log: TaskLog) -> None:
    """Draw the log lines, grouped by attempt.

    Args:
        task: The task as returned by the API, with its history.
        command: Command that shows all lines.
        log: The lines.
    """
    if not log.lines:
        empty("None. On AWS, lines appear some seconds late, and are kept as long as the stage's log.")
        return
    if log.is_cut:
        text("p", f"Some lines are left out; to see all: {command}", "muted")
    around = ui.element("div").classes("scroll").props('tabindex="0" role="group" aria-label="Log lines"')
    with around, ui.element("ol").classes("log"):
        rest = deque(attempts(task["history"]))
        before: str | None = None
        for line in log.lines:
            begun = None
            while rest and formatting.moment(rest[0].began) <= line.at:
                begun = rest.popleft()
            if begun:
                number = "" if begun.number is None else f" {begun.number}"
                text("li", f"Attempt{number}, {begun.outcome}", "attempt")
            _draw_line(line, before)
            before = line.at.isoformat()


def _draw_line(line: Line, before: str | None) -> None:
    with ui.element("li").classes(line.level):
        at = formatting.clock_after(line.at.isoformat(), before, formatting.now().date())
        text("span", at, "muted at")
        text("span", line.function, "muted function")
        text("span", line.text, "said")
        if line.details:
            text("pre", "\n".join(line.details)).props('tabindex="0"')
