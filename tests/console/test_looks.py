"""Layout and accessibility of every screen, wide in light colors and narrow in dark ones.

FAULTLINE_LOOKS names a folder for screenshots.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.console.seed import LONG_ID

SCREENS = {
    "/": "svg a.place.busy",
    "/tasks": "tbody tr",
    "/tasks?text=nothing": ".empty",
    f"/tasks/{LONG_ID}": ".headline",
    "/tasks/invoice-1": ".headline",
    "/dead-letters": ".group",
    "/submit?kind=http.request": ".form",
    "/flow": "table.plain",
    "/dashboards": ".chart svg path",
    "/break-it": ".scene",
}


def serious(page: Page) -> list[Any]:
    """Return axe-core's serious and critical findings: https://github.com/dequelabs/axe-core"""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_screen_fits_and_is_accessible(page: Page, width: int, scheme: Any) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    page.emulate_media(color_scheme=scheme)
    findings = {}
    for path, landmark in SCREENS.items():
        page.goto(path)
        expect(page.locator(f"{landmark}:visible").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert page.evaluate("document.body.classList.contains('body--dark')") == (scheme == "dark")
        if found := serious(page):
            findings[path] = found
        if folder := os.environ.get("FAULTLINE_LOOKS"):
            name = re.sub(r"\W+", "-", f"{path[:30]}-{width}-{scheme}").strip("-")
            page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)
    assert findings == {}
