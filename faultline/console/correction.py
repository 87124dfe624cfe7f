"""Dialogs for redrives with corrected payloads, of a single task or of a group."""

import json
from collections.abc import Mapping
from typing import Any

from nicegui import ui

from faultline.console.action import redrive, redrive_all
from faultline.console.confirmation import confirm_all, equivalents
from faultline.console.elements import Area, confirmed_by, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.console.one_at_a_time import one_at_a_time
from faultline.console.payload_editor import PayloadEditor, parsed_object
from faultline.console.schema_form import NotJson
from lambdas.domain.merge_patch import merged


@one_at_a_time
async def redrive_with_correction(frame: Frame, task: Mapping[str, Any]) -> bool:
    """Ask for a corrected payload of a dead letter, and redrive it.

    Returns:
        Whether the task was redriven.
    """
    try:
        with frame.preparing("Reading the kinds of work ..."):
            kinds = (await frame.gateway.read("/kinds"))["kinds"]
    except Unavailable as error:
        frame.notify(f"Not done: {error}", is_bad=True)
        return False
    schema: dict[str, Any] = next((kind["payload"] for kind in kinds if kind["name"] == task["type"]), {})
    editor = PayloadEditor(schema, task.get("payload", {}))

    async def act() -> None:
        # The dialog stays until the outcome is known.
        leave.disable()
        button.disable()
        button.props("loading")
        try:
            await frame.gateway.change(redrive(task["taskId"], editor.given()))
        except NotJson as error:
            complain([str(error)])
        except Unavailable as error:
            complain((editor.complain(error.fields) if error.fields else []) or [error.outcome])
            if error.may_be_done:
                await frame.refresh()
        else:
            dialog.submit(True)
        finally:
            leave.enable()
            button.enable()
            button.props(remove="loading")

    def show() -> None:
        try:
            action = redrive(task["taskId"], editor.given())
        except NotJson as error:
            complain([str(error)])
            return
        said.show(action, lambda action: equivalents(frame, action, is_open=True))

    def complain(messages: list[str]) -> None:
        said.show(messages, _draw_messages)

    with frame.layer, ui.dialog().props("persistent") as dialog, ui.card().classes("confirm"):
        text("h2", "Redrive with a correction")
        text(
            "p",
            "The task begins a new generation with this payload instead of its own. Private fields are "
            "shown.",
        )
        editor.draw()
        said = Area("div", "outcome")
        with ui.element("div").classes("buttons"):
            leave = ui.button("Not now", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            ui.button("Show as command", on_click=show).props("flat no-caps")
            button = ui.button("Redrive", on_click=act).props("unelevated no-caps")
    redriven = await confirmed_by(dialog)
    if redriven:
        frame.notify("Redrive: done")
    return redriven


async def redrive_all_with_correction(
    frame: Frame, conditions: Mapping[str, Any], sample: Mapping[str, Any]
) -> bool | None:
    """Ask for a merge patch, show its effect on one payload, and redrive a group with it.

    If the redrive is not confirmed, or its preview fails, the user can edit the patch again.

    Args:
        frame: Frame of the screen.
        conditions: Filter that selects the group.
        sample: One of its tasks, with the payload.

    Returns:
        Whether the redrive came to its end; None if it was not confirmed.
    """
    patch: dict[str, Any] = {}
    while (given := await _patch_for(frame, sample, patch)) is not None:
        patch = given
        is_done = await confirm_all(frame, redrive_all(conditions, patch))
        if is_done is not None or frame.layer.is_deleted:
            return is_done
    return None


@one_at_a_time
async def _patch_for(
    frame: Frame, sample: Mapping[str, Any], former: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Ask for a merge patch, beginning with a former one; None if there is none."""
    payload = sample.get("payload", {})
    outcome: dict[str, Any] = {}

    def patched() -> None:
        try:
            outcome["patch"] = parsed_object("patch", patch.value)
        except NotJson as error:
            outcome.clear()
            after.show([str(error)], _draw_messages)
        else:
            after.show(frame.gateway.masked(merged(payload, outcome["patch"])), _draw_json)

    def preview() -> None:
        patched()
        if outcome.get("patch"):
            dialog.submit(True)
        elif outcome:
            after.show(["patch: must change something"], _draw_messages)

    with frame.layer, ui.dialog().props("persistent") as dialog, ui.card().classes("confirm"):
        text("h2", "Redrive all with a correction")
        text(
            "p",
            "A JSON Merge Patch corrects the payload of each task of the group: members that it names "
            "replace the task's own, and null removes one. A task whose payload would be "
            "invalid is left unchanged.",
        )
        beginning = json.dumps(former, indent=2, ensure_ascii=False)
        patch = ui.textarea("Merge patch", value=beginning, on_change=patched)
        patch.props("outlined autogrow autofocus input-class=id")
        with ui.element("div").classes("columns before-after"):
            with ui.element("div"):
                text("h3", f"Now: {sample['taskId']}", "reason")
                _draw_json(frame.gateway.masked(payload))
            with ui.element("div"):
                text("h3", "With the patch")
                after = Area()
        with ui.element("div").classes("buttons"):
            ui.button("Not now", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            ui.button("Preview", on_click=preview).props("unelevated no-caps")
        patched()
    return outcome["patch"] if await confirmed_by(dialog) else None


def _draw_messages(messages: list[str]) -> None:
    for message in messages:
        text("p", message, "error").props('role="alert"')


def _draw_json(value: object) -> None:
    with ui.element("div").classes("json"):
        text("pre", json.dumps(value, indent=2, ensure_ascii=False)).props('tabindex="0"')
