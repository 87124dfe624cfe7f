"""Screenshots for the documentation.

`FAULTLINE_PICTURES=docs/console scripts/test tests/console/test_pictures.py` writes them, from tasks in many
states. Otherwise this test takes one, and checks only its size.
"""

import os
import struct
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.process import ROOT
from tests.e2e.stack import Stack

DOCS = ROOT / "docs" / "console"
WRITTEN = os.environ.get("FAULTLINE_PICTURES")
SCREENS = {
    # An alarm fires within a minute of the dead letter.
    "overview": ("/?window=15m", ".alarms" if WRITTEN else ".vital"),
    "task": ("/tasks/import-7", ".drawer"),
}
SCHEMES: tuple[Any, ...] = ("light", "dark")
SIZE = (1280, 860)


def size(picture: bytes) -> tuple[int, ...]:
    """Return the width and height in a PNG's header: https://www.w3.org/TR/png-3/#11IHDR"""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", picture[16:24])


@pytest.fixture(scope="module")
def tasks(stack: Stack) -> None:
    """Submit a task for the pictures, and tasks in many states if the pictures are written."""
    dead = stack.accepted(
        taskId="import-7",
        payload={"file": "customers-7.csv", "rows": 4711},
        reference="crm",
        tags=["import", "weekly"],
        simulate={"error": "SYSTEM"},
    )
    if WRITTEN:
        for number in range(12):
            stack.accepted(payload={"order": number})
        for number in range(7):
            stack.accepted(
                taskId=f"webhook-{number}",
                type="http.request",
                payload={"url": "http://127.0.0.1:9/hook", "body": {"order": number}},
            )
        stack.becomes("webhook-6", "PARKED")
    stack.ended(dead)


def test_the_documentation_has_all_pictures() -> None:
    for name, scheme in product(SCREENS, SCHEMES):
        assert size((DOCS / f"{name}-{scheme}.png").read_bytes()) == SIZE, (name, scheme)


@pytest.mark.parametrize("name", SCREENS if WRITTEN else ["task"])
@pytest.mark.parametrize("scheme", SCHEMES if WRITTEN else SCHEMES[:1])
def test_pictures(page: Page, tasks: None, tmp_path: Path, name: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    path, landmark = SCREENS[name]
    page.goto(path)
    expect(page.locator(landmark).first).to_be_visible()
    if name == "overview":
        expect(page.locator("svg.wide a.place.busy").first).to_be_visible()
    if name == "task":
        page.locator(landmark).first.click()
        expect(page.locator(".log li").first).to_be_visible()
        expect(page.locator(landmark).last).not_to_be_in_viewport()  # once the log is fully open
    if WRITTEN and name == "overview":  # in the first minute an alarm waits for the first run of a schedule
        expect(page.locator(".alarms")).not_to_contain_text("release-schedule-silent", timeout=150_000)
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    folder = ROOT / WRITTEN if WRITTEN else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}-{scheme}.png", animations="disabled")
    assert size((folder / f"{name}-{scheme}.png").read_bytes()) == SIZE
