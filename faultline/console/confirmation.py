"""Confirmation dialogs, which show the consequence of an action and the equivalent commands."""

from nicegui import ui

from faultline.console.action import Action, Operation
from faultline.console.elements import confirmed_by, shell, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.operations.bulk import Progress

_SHOWN = 8


async def confirm(frame: Frame, action: Action | Operation) -> bool:
    """Ask for confirmation of an action, perform it, and show the outcome.

    Returns:
        Whether the action was performed.
    """
    with frame.layer, ui.dialog() as dialog, ui.card().classes("confirm"):
        text("h2", f"{action.title}?")
        text("p", action.consequence)
        equivalents(frame, action)
        with ui.element("div").classes("buttons"):
            ui.button("Not now", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            ui.button(action.title, on_click=lambda: dialog.submit(True)).props("unelevated no-caps")
    confirmed = await confirmed_by(dialog)
    if not confirmed:
        return False
    try:
        await frame.gateway.change(action)
    except Unavailable as error:
        frame.notify(f"Not done: {error}", is_bad=True)
        return False
    frame.notify(f"{action.title}: done")
    return True


async def confirm_many(frame: Frame, title: str, actions: list[Action]) -> bool:
    """Ask for confirmation of actions on several tasks, perform them one by one, and show the outcome.

    Returns:
        Whether the actions were confirmed.
    """
    count = f"{len(actions)} tasks" if len(actions) > 1 else "1 task"
    outcome: list[str] = []

    async def act() -> None:
        button.disable()
        progress.classes(remove="hidden")
        for number, action in enumerate(actions, 1):
            try:
                await frame.gateway.change(action)
            except Unavailable as error:
                outcome.append(f"{action.words[-1]}: {error}")
            progress.set_value(number / len(actions))
        dialog.submit(True)

    with frame.layer, ui.dialog().props("persistent") as dialog, ui.card().classes("confirm"):
        text("h2", f"{title} {count}?")
        text("p", actions[0].consequence)
        lines = [action.command(frame.gateway.place) for action in actions[:_SHOWN]]
        left = len(actions) - _SHOWN
        with ui.expansion("The same in a terminal").props("dense").classes("equivalents"):
            shell("\n".join([*lines, *([f"# and {left} more"] if left > 0 else [])]), "commands")
        progress = ui.linear_progress(0.0, show_value=False).classes("hidden").props('aria-label="Progress"')
        with ui.element("div").classes("buttons"):
            ui.button("Not now", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            button = ui.button(f"{title} {count}", on_click=act).props("unelevated no-caps")
    confirmed = await confirmed_by(dialog)
    if not confirmed:
        return False
    if outcome:
        message = f"{title}: {len(actions) - len(outcome)} of {len(actions)} done. {outcome[0]}"
        frame.notify(message, is_bad=True)
    else:
        frame.notify(f"{title}: {count} done")
    return True


async def confirm_all(frame: Frame, action: Action) -> bool:
    """Count the tasks that match, ask for confirmation, perform the action, and show the outcome.

    Returns:
        Whether the action was confirmed.
    """
    try:
        found = await frame.gateway.preview(action)
    except Unavailable as error:
        frame.notify(f"Not done: {error}", is_bad=True)
        return False
    if not found["matched"]:
        frame.notify("No task matches.")
        return False
    count = f"{found['matched']:,}{'+' if found['more'] else ''} task{'' if found['matched'] == 1 else 's'}"
    progress = Progress(filter=found["filter"])
    problems: list[str] = []

    async def act() -> None:
        button.disable()
        waits.classes(remove="hidden")
        try:
            await frame.gateway.change_all(action, progress)
        except Unavailable as error:
            problems.append(str(error))
        dialog.submit(True)

    with frame.layer, ui.dialog().props("persistent") as dialog, ui.card().classes("confirm"):
        text("h2", f"{action.title} {count}?")
        text("p", action.consequence)
        text(
            "p",
            "Among them: " + ", ".join(each["taskId"] for each in found["sample"][:_SHOWN]),
            "muted reason",
        )
        equivalents(frame, action)
        with ui.element("p").classes("hidden").props('role="status"') as waits:
            done = text("span", "")
            ui.timer(0.5, lambda: done.set_text(f"{progress.done:,} done so far ..."))
        with ui.element("div").classes("buttons"):
            ui.button("Not now", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            button = ui.button(f"{action.title} {count}", on_click=act).props("unelevated no-caps")
    confirmed = await confirmed_by(dialog)
    if confirmed:
        problems += [f"{each['taskId']}: {each['problem']['detail']}" for each in progress.failed[:1]]
        said = f"{action.title}: {progress.done:,} done" + (f". {problems[0]}" if problems else "")
        frame.notify(said, is_bad=bool(problems))
    return confirmed


def equivalents(frame: Frame, action: Action | Operation, *, is_open: bool = False) -> None:
    """Show the command that is equivalent to an action and, for a call to the API, the `curl` call."""
    with ui.expansion("The same in a terminal", value=is_open).props("dense").classes("equivalents"):
        text("h3", "As a command")
        shell(action.command(frame.gateway.place), "command")
        if isinstance(action, Operation):
            return
        text("h3", "As a call of the API")
        shell(action.curl(frame.gateway.api.url, frame.gateway.settings), "curl")
