"""Confirmation of actions: what follows, and the same as a `curl` and as a command."""

from nicegui import ui

from faultline.console.action import Action
from faultline.console.elements import shell, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable

_SHOWN = 8


async def confirm(frame: Frame, action: Action) -> bool:
    """Ask, act, and say how it went.

    Returns:
        Whether the action was done.
    """
    with frame.layer, ui.dialog() as dialog, ui.card().classes("confirm"):
        text("h2", f"{action.title}?")
        text("p", action.consequence)
        with ui.expansion("The same in a terminal").props("dense").classes("equivalents"):
            text("h3", "As a command")
            shell(action.command(frame.gateway.place), "command")
            text("h3", "As a call of the API")
            shell(action.curl(frame.gateway.api.url, frame.gateway.settings), "curl")
        with ui.element("div").classes("buttons"):
            ui.button("Not now", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            ui.button(action.title, on_click=lambda: dialog.submit(True)).props("unelevated no-caps")
    confirmed = bool(await dialog)
    dialog.delete()
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
    """Ask for the same action on several tasks, do it one by one, and say how it went.

    Returns:
        Whether it was confirmed.
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
    confirmed = bool(await dialog)
    dialog.delete()
    if not confirmed:
        return False
    if outcome:
        message = f"{title}: {len(actions) - len(outcome)} of {len(actions)} done. {outcome[0]}"
        frame.notify(message, is_bad=True)
    else:
        frame.notify(f"{title}: {count} done")
    return True
