"""Canary redrives: one dead letter of a group first, and the rest once it has succeeded."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.client.api import task_path
from faultline.console import formatting
from faultline.console.action import Action, cancel_all, redrive, redrive_all
from faultline.console.confirmation import confirm, confirm_all
from faultline.console.correction import redrive_all_with_correction
from faultline.console.elements import Area, link, status_chip, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.sparkline import sparkline
from lambdas.domain.lifecycle import ENDED
from lambdas.domain.message import NotATask
from lambdas.domain.task import may_be_redriven

_MAX_PAGES = 30
_MAX_ON_A_PAGE = 100
_LOOKING = "Looking for a dead letter of the group ..."


@dataclass
class Canary:
    """A group of dead letters, with its buttons and the state of its canary.

    Attributes:
        group: One of the groups in the report (`lambdas.monitor_dlq.tally`), with `more` of the report. A
            stage deployed by an earlier version omits `earliest`, `latestTaskId` and `trend`.
        since: Start of the report's window, to which links and actions are limited as well.
    """

    frame: Frame
    group: dict[str, Any]
    since: str
    _task_id: str | None = None
    _task: dict[str, Any] | None = None
    _tried: set[str] = field(default_factory=set)
    _deciding: int = 0
    _count: TextElement | None = field(default=None, repr=False)
    _about: Area | None = field(default=None, repr=False)
    _trend: Area | None = field(default=None, repr=False)

    @property
    def has_begun(self) -> bool:
        """Whether a canary has been redriven."""
        return self._task_id is not None

    @property
    def is_needed(self) -> bool:
        """Whether the group must stay on the screen: its canary has begun, or a user is deciding on it."""
        return self.has_begun or self._deciding > 0

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Keep the group on the screen during the block, which asks the user and may empty the group."""
        self._deciding += 1  # a double click asks twice, of which one ends at once
        try:
            yield
        finally:
            self._deciding -= 1

    def draw(self, group: dict[str, Any]) -> None:
        """Draw the group."""
        with ui.element("section").classes("part group"):
            with ui.element("div").classes("group-head"):
                self._count = text("span", "", "figure")
                with ui.element("div").classes("grow"):
                    text("h2", f"{group['type']}: {group['reason']}", "reason")
                    self._about = Area("p", "muted")
                self._trend = Area("div", "group-trend")
                self._buttons = Area("div", "buttons")
            self._state = Area("div", "canary")
        self.show_group(group)
        self._show()

    def show_group(self, group: dict[str, Any]) -> None:
        """Update the number, the times and the trend of the group."""
        self.group = group
        if self._count and self._about and self._trend:
            more = group.get("more", False)
            self._count.set_text(formatting.counted(group["count"], more))
            earliest = None if more else group.get("earliest")  # an earlier one may not have been examined
            # The start of the window, which moves, is compared by its minute: redrawing loses the focus.
            since = formatting.minute(self.since)
            about = (earliest, group["latest"], group.get("latestTaskId"), since)
            self._about.show(about, self._draw_about)
            self._trend.show(group.get("trend", []), _draw_trend)

    def _draw_about(self, about: tuple[str | None, str, str | None, str]) -> None:
        earliest, latest, task_id, _ = about
        first = f"first at {formatting.clock(earliest)[:19]}, " if earliest and earliest != latest else ""
        text("span", f"{self.group['category']}, {first}last at {formatting.clock(latest)[:19]} UTC. ")
        if task_id:
            link("Show the newest", formatting.task_url(task_id))
            text("span", " or ")
        link("all of them", formatting.tasks_url(status="DEAD_LETTERED", **self._conditions))
        if is_of_records(self.group):
            text("span", ". They are messages that belong to no task, and cannot be redriven.")

    async def look(self) -> None:
        """Read the canary, and show its state; forget it if it is gone, or its success is outdated."""
        if self._task_id is None:
            return
        if not self._has_ended():
            try:
                self._task = await self.frame.read(task_path(self._task_id))
            except Unavailable as error:
                if error.status != 404:
                    raise
                self.frame.notify(f"The canary {self._task_id} is no longer kept.")
                self._forget()
                return
        if self._task and is_outdated(self.group, self._task):
            self._forget()
        else:
            self._show()

    def _forget(self) -> None:
        """Begin again without a canary."""
        self._task_id = self._task = None
        self._tried.clear()
        self._show()

    def _has_ended(self) -> bool:
        return self._task is not None and self._task["status"] in ENDED

    def _show(self) -> None:
        status = None if self._task is None else self._task["status"]
        self._buttons.show(status if self.has_begun else "", self._draw_buttons)
        error = self._task.get("error") if self._task else None
        self._state.show((self._task_id, status, error), lambda content: _draw_state(*content))

    def _draw_buttons(self, status: str | None) -> None:
        if not self.frame.gateway.is_writable:
            return
        if is_of_records(self.group):
            ui.button("Cancel all", on_click=self._cancel_all).props("no-caps flat")
            return
        if not self.has_begun:
            ui.button("Redrive one", on_click=self._redrive_one).props("no-caps unelevated")
        elif status == "SUCCEEDED":
            ui.button("Redrive the rest", on_click=self._redrive_rest).props("no-caps unelevated")
        elif self._has_ended():
            ui.button("Try another", on_click=self._redrive_one).props("no-caps outline")
        ui.button("Redrive all with a correction", on_click=self._correct_all).props("no-caps outline")
        ui.button("Cancel all", on_click=self._cancel_all).props("no-caps flat")

    @property
    def _conditions(self) -> dict[str, Any]:
        group = self.group
        return {
            "category": group["category"],
            "errorType": group["type"],
            "reasonGroup": group["reason"],
            "diedAfter": self.since,
        }

    async def _first(self) -> str | None:
        """Return the id of the group's newest task that was not a canary yet; of its newest if all were.

        Returns None if the first _MAX_PAGES pages are empty.
        """
        newest: str | None = None
        limit = min(len(self._tried) + 1, _MAX_ON_A_PAGE)
        query: dict[str, Any] = {**self._conditions, "status": "DEAD_LETTERED", "limit": limit}
        for _ in range(_MAX_PAGES):
            page = await self.frame.gateway.read("/tasks", **query)
            for task in page["tasks"]:
                task_id = str(task["taskId"])
                if task_id not in self._tried:
                    return task_id
                newest = newest or task_id
            if "nextToken" not in page:
                break
            query["nextToken"] = page["nextToken"]
        return newest

    async def _redrive_one(self) -> None:
        with self._asking():
            try:
                with self.frame.preparing(_LOOKING):
                    first = await self._first()
            except Unavailable as error:
                self.frame.notify(f"Not done: {error}", is_bad=True)
                return
            if first is None:
                self.frame.notify("No dead letter of this group is left.")
                return
            if not await confirm(self.frame, redrive(first)):
                return
            self._task_id, self._task = first, None
            self._tried.add(first)
        self._show()
        await self.frame.refresh()

    async def _correct_all(self) -> None:
        with self._asking():
            try:
                with self.frame.preparing(_LOOKING):
                    first = await self._first()
                    sample = None if first is None else await self.frame.gateway.read(task_path(first))
            except Unavailable as error:
                self.frame.notify(f"Not done: {error}", is_bad=True)
                return
            if sample is None:
                self.frame.notify("No dead letter of this group is left.")
                return
            is_done = await redrive_all_with_correction(self.frame, self._conditions, sample)
        await self._acted(is_done)

    async def _redrive_rest(self) -> None:
        await self._confirm_all(redrive_all(self._conditions))

    async def _cancel_all(self) -> None:
        await self._confirm_all(cancel_all({**self._conditions, "status": ["DEAD_LETTERED"]}))

    async def _confirm_all(self, action: Action) -> None:
        with self._asking():
            is_done = await confirm_all(self.frame, action)
        await self._acted(is_done)

    async def _acted(self, is_done: bool | None) -> None:
        """Refresh the screen after an action on the whole group; at its end the canary has served.

        Args:
            is_done: Whether the action came to its end; None if it was not confirmed.
        """
        if is_done and self._has_ended():
            self._forget()
        if is_done is not None:
            await self.frame.refresh()


def is_outdated(group: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    """Return whether tasks of a group have been given up since its canary succeeded.

    Args:
        group: The group in the report.
        task: The canary.
    """
    return task["status"] == "SUCCEEDED" and (
        formatting.moment(group["latest"]) > formatting.moment(task["updatedAt"])
    )


def is_of_records(group: Mapping[str, Any]) -> bool:
    """Return whether the dead letters of a group are records of messages that belong to no task."""
    newest = group.get("latestTaskId")
    return group["type"] == NotATask.__name__ or (newest is not None and not may_be_redriven(newest))


def _draw_state(task_id: str | None, status: str | None, error: dict[str, Any] | None) -> None:
    if task_id is None:
        return
    text("span", "Canary ")
    # In another tab, since this page alone remembers the canary.
    link(task_id, formatting.task_url(task_id), "id").props('target="_blank"')
    if status is None:
        return
    status_chip(status)
    if status == "SUCCEEDED":
        text("span", "It works again: redrive the rest.")
    elif status == "DEAD_LETTERED" and error:
        text("span", f"It failed again with {error['category']}: {error['message']}", "reason")


def _draw_trend(counts: list[int]) -> None:
    if counts:
        sparkline(counts, "Given up over time")
