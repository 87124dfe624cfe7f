"""Confirmation dialogs, which show the consequence of an action and the equivalent commands."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from nicegui import ui

from faultline.console.action import Action, Operation, limited
from faultline.console.elements import confirmed_by, shell, text
from faultline.console.formatting import label, matching
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.one_at_a_time import one_at_a_time
from faultline.console.task_filters import LABELS
from faultline.operations.bulk import Progress

LOG = logging.getLogger(__name__)

_SHOWN = 8
_MAX_FAILURES = 20


@dataclass
class _Buttons:
    """Buttons of a dialog, which stays until its action has ended.

    Attributes:
        dialog: The dialog; submitted with whether the action was performed.
        act: The action.
        stop: Event that ends an action between two calls; None if it is a single call.
    """

    dialog: ui.dialog
    act: Callable[[], Awaitable[None]]
    stop: Event | None = None
    _is_acting: bool = field(default=False, init=False)

    def draw(self, title: str) -> None:
        """Draw "Not now", which becomes "Stop" during the action, and the button that begins it."""
        with ui.element("div").classes("buttons"):
            self._no = ui.button("Not now", on_click=self._leave).props("flat no-caps")
            self._yes = ui.button(title, on_click=self._begin).props("unelevated no-caps")

    def _leave(self) -> None:
        if not self._is_acting:
            self.dialog.submit(False)
        elif self.stop is not None:
            self.stop.set()
            self._no.set_text("Stopping …")
            self._no.disable()

    async def _begin(self) -> None:
        if self._is_acting:
            return
        self._is_acting = True
        self.dialog.props("persistent")
        self._yes.disable()
        if self.stop is None:
            self._yes.props("loading")
            self._no.disable()
        else:
            self._no.set_text("Stop")
        is_done = False
        try:
            await self.act()
            is_done = True
        finally:  # also after an unexpected error: a dialog without buttons would cover the screen
            self.dialog.submit(is_done)


async def confirm(frame: Frame, action: Action | Operation) -> bool:
    """Ask for confirmation of an action, perform it, and show the outcome.

    If it is unknown whether the action was performed, the screen is refreshed.

    Returns:
        Whether the action is known to be performed.
    """
    problems: list[Unavailable] = []
    if not await _ask(frame, action, problems):
        return False
    if problems:
        frame.notify(problems[0].outcome, is_bad=True)
        if problems[0].may_be_done:
            await frame.refresh()
        return False
    frame.notify(f"{action.title}: done")
    return True


@one_at_a_time
async def _ask(frame: Frame, action: Action | Operation, problems: list[Unavailable]) -> bool:
    async def act() -> None:
        try:
            await frame.gateway.change(action)
        except Unavailable as error:
            problems.append(error)

    with frame.layer, ui.dialog() as dialog, ui.card().classes("confirm"):
        text("h2", f"{action.title}?")
        text("p", action.consequence)
        equivalents(frame, action)
        _Buttons(dialog, act).draw(action.title)
    return await confirmed_by(dialog)


@one_at_a_time
async def confirm_many(frame: Frame, title: str, actions: list[Action]) -> list[Action] | None:
    """Ask for confirmation of actions on several tasks, perform them one by one, and show the outcome.

    Returns:
        The actions that are known to be done; None if they were not confirmed.
    """
    count = f"{len(actions)} tasks" if len(actions) > 1 else "1 task"
    done: list[Action] = []
    problems: list[str] = []
    stop = Event()

    async def act() -> None:
        running.classes(remove="hidden")
        for action in actions:
            if stop.is_set():
                break
            try:
                await frame.gateway.change(action)
            except Unavailable as error:
                problems.append(f"{action.words[-1]}: {error.outcome if error.may_be_done else error}")
            else:
                done.append(action)
            bar.set_value((len(done) + len(problems)) / len(actions))
            said.set_text(f"{len(done)} of {len(actions)} done so far ...")
        if frame.layer.is_deleted:
            _log_closed(outcome(), problems)

    def outcome() -> str:
        stopped = "stopped, " if len(done) + len(problems) < len(actions) else ""
        failed = f", {len(problems)} failed" if problems else ""
        return f"{title}: {stopped}{len(done)} of {len(actions)} done{failed}"

    with frame.layer, ui.dialog().props("persistent") as dialog, ui.card().classes("confirm"):
        text("h2", f"{title} {count}?")
        text("p", actions[0].consequence)
        lines = [action.command(frame.gateway.place) for action in actions[:_SHOWN]]
        left = len(actions) - _SHOWN
        with ui.expansion("The same in a terminal").props("dense").classes("equivalents"):
            shell("\n".join([*lines, *([f"# and {left} more"] if left > 0 else [])]), "commands")
        with ui.element("div").classes("hidden") as running:
            bar = ui.linear_progress(0.0, show_value=False).props('aria-label="Progress"')
            said = text("p", f"0 of {len(actions)} done so far ...").props('role="status"')
        _Buttons(dialog, act, stop).draw(f"{title} {count}")
    if not await confirmed_by(dialog):
        stop.set()  # the page may have been closed during the action
        return None
    if problems:
        await _show_failures(frame, outcome(), problems)
    else:
        frame.notify(f"{title}: {count} done" if len(done) == len(actions) else outcome())
    return done


@one_at_a_time
async def confirm_all(frame: Frame, action: Action) -> bool | None:
    """Count the tasks that match, ask for confirmation, perform the action, and show the outcome.

    Returns:
        Whether the action came to its end, False if no task matches; None if it was not confirmed.
    """
    try:
        with frame.preparing("Counting the tasks that match ..."):
            found = await frame.gateway.preview(action)
    except Unavailable as error:
        frame.notify(f"Not done: {error}", is_bad=True)
        return None
    count = matching(found)
    if count is None:
        frame.notify("No task matches.")
        return False
    progress = Progress(filter=found["filter"])
    problems: list[str] = []
    stop = Event()

    async def act() -> None:
        waits.classes(remove="hidden")
        try:
            await frame.gateway.change_all(action, progress, stop)
        except Unavailable as error:
            problems.append(error.outcome if error.may_be_done else str(error))
        if frame.layer.is_deleted:
            _log_closed(outcome(), failures())

    def outcome() -> str:
        return f"{action.title}: {summary(progress, is_stopped=stop.is_set())}"

    def failures() -> list[str]:
        return [*problems, *map(_failure, progress.failed)]

    with frame.layer, ui.dialog().props("persistent") as dialog, ui.card().classes("confirm"):
        text("h2", f"{action.title} {count}?")
        text("p", action.consequence)
        _draw_conditions(frame, action)
        ids = ", ".join(each["taskId"] for each in found["sample"][:_SHOWN])
        said = f"Among them: {ids}" if ids else "None of the tasks examined so far matches; others may."
        text("p", said, "muted reason")
        equivalents(frame, action)
        with ui.element("p").classes("hidden").props('role="status"') as waits:
            done = text("span", "")
            ui.timer(0.5, lambda: done.set_text(f"{progress.done:,} done so far ..."))
        _Buttons(dialog, act, stop).draw(f"{action.title} {count}")
    if not await confirmed_by(dialog):
        stop.set()  # the page may have been closed during the action
        return None
    if lines := failures():
        rest = limited(action, progress.filter) if progress.more else None
        await _show_failures(frame, outcome(), lines, rest)
    else:
        frame.notify(outcome())
    return not problems and not progress.more


async def _show_failures(frame: Frame, said: str, lines: Sequence[str], rest: Action | None = None) -> None:
    """Show what failed in a dialog that stays until it is closed.

    Args:
        frame: Frame of the screen.
        said: Summary of the action.
        lines: Descriptions of the failures, of which the first _MAX_FAILURES are shown.
        rest: Action on the tasks that are left; None if none are.
    """
    with frame.layer, ui.dialog().props("persistent") as dialog, ui.card().classes("confirm"):
        text("h2", said, "reason")
        for line in lines[:_MAX_FAILURES]:
            text("p", line, "error reason")
        if len(lines) > _MAX_FAILURES:
            text("p", f"and {len(lines) - _MAX_FAILURES:,} more", "muted")
        if rest is not None:
            text("p", "To continue with the tasks that are left:")
            equivalents(frame, rest, is_open=True)
        with ui.element("div").classes("buttons"):
            ui.button("Close", on_click=lambda: dialog.submit(True)).props("unelevated no-caps")
    if not await confirmed_by(dialog):  # the page was closed, perhaps before the action ended
        _log_closed(said, lines)


def _log_closed(said: str, lines: Sequence[str]) -> None:
    """Log the outcome of an action whose page was closed, with the first of the failures."""
    LOG.warning("the page of an action was closed: %s", ". ".join([said, *lines[:_MAX_FAILURES]]))


def _draw_conditions(frame: Frame, action: Action) -> None:
    """List the stage and the conditions that select the tasks of an action."""
    with ui.element("dl").classes("facts"):
        text("dt", "Stage")
        text("dd", frame.gateway.settings.name)
        for name, given in (action.body or {})["filter"].items():
            text("dt", LABELS[name])
            text("dd", ", ".join(map(label, given)) if name == "status" else given)


def summary(progress: Progress, *, is_stopped: bool) -> str:
    """Describe how far an action on many tasks has come.

    Args:
        progress: Progress of the action.
        is_stopped: Whether the user asked to stop it.

    >>> summary(Progress(filter={}, done=1200), is_stopped=True)
    'stopped, 1,200 done'
    """
    said = f"{'stopped, ' if is_stopped and progress.more else ''}{progress.done:,} done"
    if progress.failed:
        said += f", {len(progress.failed):,} could not be changed"
    return said


def _failure(failed: dict[str, Any]) -> str:
    problem = failed["problem"]
    fields = "; ".join(f"{each['field']}: {each['message']}" for each in problem.get("errors", []))
    return f"{failed['taskId']}: {problem['detail']}{f' ({fields})' if fields else ''}"


def equivalents(frame: Frame, action: Action | Operation, *, is_open: bool = False) -> None:
    """Show the command that is equivalent to an action and, for a call to the API, the `curl` call."""
    with ui.expansion("The same in a terminal", value=is_open).props("dense").classes("equivalents"):
        text("h3", "As a command")
        shell(action.command(frame.gateway.place), "command")
        if isinstance(action, Operation):
            return
        text("h3", "As a call of the API")
        shell(action.curl(frame.gateway.api.url, frame.gateway.settings), "curl")
