"""Redrives of a group with a correction."""

import asyncio

from nicegui import Client, ui

from faultline.console.correction import redrive_all_with_correction
from tests.unit.faultline.console.offline import BulkApi
from tests.unit.faultline.console.screens import StillFrame, on_a_page, press, texts, until

SAMPLE = {"taskId": "t", "payload": {"rows": 1}}


def test_a_patch_is_kept_until_its_redrive_is_confirmed() -> None:
    """Neither a preview that fails nor a question that is not confirmed loses what was typed."""
    api = BulkApi({"done": 3, "more": False})

    async def check(frame: StillFrame, client: Client) -> None:
        def area() -> ui.textarea:
            [found] = (each for each in client.elements.values() if isinstance(each, ui.textarea))
            return found

        def is_asked_for_a_patch() -> bool:
            return any(isinstance(each, ui.textarea) for each in client.elements.values())

        with frame.page("Dead letters"):
            pass
        asking = asyncio.ensure_future(redrive_all_with_correction(frame, {"type": "echo"}, SAMPLE))
        await until(is_asked_for_a_patch)
        assert area().value == "{}"
        area().value = '{"rows": null}'
        api.refusals.append(400)
        press(client, "Preview")
        await until(lambda: len(frame.said) == 1)
        await until(is_asked_for_a_patch)
        assert area().value == '{\n  "rows": null\n}'
        area().value = '{"rows": "ü"}'
        press(client, "Preview")
        await until(lambda: "Redrive 3 tasks?" in texts(client))
        press(client, "Not now")
        await until(is_asked_for_a_patch)
        assert area().value == '{\n  "rows": "ü"\n}'
        press(client, "Preview")
        await until(lambda: "Redrive 3 tasks?" in texts(client))
        press(client, "Redrive 3 tasks")
        assert await asking is True
        assert api.sent[-1]["payloadPatch"] == {"rows": "ü"}

    on_a_page(check, api)


def test_a_patch_can_be_left() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        with frame.page("Dead letters"):
            pass
        asking = asyncio.ensure_future(redrive_all_with_correction(frame, {"type": "echo"}, SAMPLE))
        await until(lambda: "Preview" in texts(client))
        press(client, "Not now")
        assert await asking is None

    on_a_page(check, BulkApi())
