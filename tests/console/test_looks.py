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


# Content that is cut off at the edge of a box without a scroll bar, and words broken to a few letters.
CUT_OFF = """() => [...document.querySelectorAll('.screen *')].filter(box => {
    const style = getComputedStyle(box);
    if (!box.clientWidth || style.textOverflow === 'ellipsis') return false;
    if (style.webkitLineClamp !== 'none') return false;
    if (box.closest('.q-field, .q-btn, .q-checkbox, .q-slider, .nicegui-echart, svg')) return false;
    const hides = ['hidden', 'clip'].includes(style.overflowX) && box.scrollWidth > box.clientWidth + 1;
    return hides || box.matches('td.id') && box.clientWidth < 100;
}).map(box => box.outerHTML.slice(0, 120))"""


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


def test_nothing_is_cut_off_at_other_widths(page: Page) -> None:
    """The screens with wide tables fit at more widths; one visit serves all of them."""
    for path in ("/tasks", "/flow", "/break-it", "/tasks/invoice-1"):
        page.goto(path)
        expect(page.locator(f"{SCREENS[path]}:visible").first).to_be_visible()
        if path == "/break-it":
            page.get_by_role("button", name="SQS loses answers").click()
            expect(page.locator("table.rules tbody tr")).to_be_visible()
        try:
            for width in (360, 720, 721, 768, 900, 1000, 1001, 1280):
                page.set_viewport_size({"width": width, "height": 860})
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)
                assert page.evaluate(CUT_OFF) == [], (path, width)
                if folder := os.environ.get("FAULTLINE_LOOKS"):
                    for scheme in ("light", "dark"):
                        page.emulate_media(color_scheme=scheme)
                        name = f"wide-{path.strip('/').replace('/', '-')}-{width}-{scheme}.png"
                        page.screenshot(path=Path(folder, name))
        finally:
            if path == "/break-it":
                page.get_by_role("button", name="Clear all", exact=True).click()
                expect(page.locator("table.rules")).to_have_count(0)
