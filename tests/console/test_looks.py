"""Layout and accessibility of every screen, wide in light colors and narrow in dark ones.

One visit of a screen serves all looks, since opening it takes longer than all that is checked.
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
from tests.eventually import eventually

FOLDER = os.environ.get("FAULTLINE_LOOKS")
LOOKS: list[tuple[int, Any]] = [(390, "dark"), (1280, "light")]
SCREENS = {
    "/": "svg a.place.busy",
    "/tasks?tag=looks": "tbody tr",
    f"/tasks/{LONG_ID}": ".headline",
    "/dead-letters": ".group",
    "/submit?kind=http.request": ".form",
    "/flow": "table.plain",
    "/dashboards": ".chart svg path",
    "/break-it": ".scene",
}
FIRST_NARROW = ("/", "/tasks?tag=looks", f"/tasks/{LONG_ID}", "/flow", "/dashboards")
"""Screens that are opened narrow and then widened; the others are opened wide."""
WITH_WIDE_CONTENT = ("/tasks?tag=looks", "/flow", "/break-it", f"/tasks/{LONG_ID}")


AXE = Axe().axe_script
# Only rules that are not used need what axe-core would load for them. It would also show a bar of progress.
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}


def serious(page: Page) -> list[Any]:
    """Return axe-core's serious and critical findings: https://github.com/dequelabs/axe-core"""
    found = page.evaluate("options => axe.run(options)", AXE_OPTIONS)["violations"]
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


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path[:30])
def test_a_screen_fits_and_is_accessible(page: Page, path: str) -> None:
    looks = LOOKS if path in FIRST_NARROW else LOOKS[::-1]
    findings = {}
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 860})
        # Colors that change gradually would be measured while they have too little contrast.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if (width, scheme) == looks[0]:
            page.goto(path)
            page.evaluate(AXE)
        expect(page.locator(f"{SCREENS[path]}:visible").first).to_be_visible()
        expect(page.locator("body.body--dark")).to_have_count(1 if scheme == "dark" else 0)
        # Charts adopt a new width in the next frame.
        eventually(lambda: too_wide(page) <= 0, what=f"{path} fits into {width} px")
        if found := serious(page):
            findings[width, scheme] = found
        photograph(page, f"{path[:30]}-{width}-{scheme}", full_page=True)
    assert findings == {}
    if path in WITH_WIDE_CONTENT:
        nothing_is_cut_off_at_other_widths(page, path)


def nothing_is_cut_off_at_other_widths(page: Page, path: str) -> None:
    if path == "/break-it":
        page.get_by_role("button", name="SQS loses answers").click()
        expect(page.locator("table.rules tbody tr")).to_be_visible()
    try:
        for width in (360, 720, 721, 768, 900, 1000, 1001, 1280):
            page.set_viewport_size({"width": width, "height": 860})
            assert too_wide(page) <= 0, width
            assert page.evaluate(CUT_OFF) == [], width
            for scheme in ("light", "dark") if FOLDER else ():
                page.emulate_media(color_scheme=scheme)
                photograph(page, f"wide-{path}-{width}-{scheme}")
    finally:
        if path == "/break-it":
            page.get_by_role("button", name="Clear all", exact=True).click()
            expect(page.locator("table.rules")).to_have_count(0)


def too_wide(page: Page) -> int:
    """Return by how many pixels the content is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def photograph(page: Page, name: str, *, full_page: bool = False) -> None:
    if FOLDER:
        name = re.sub(r"\W+", "-", name).strip("-")
        page.screenshot(path=Path(FOLDER, f"{name}.png"), full_page=full_page)
