"""The screen "Flow": pausing and resuming a kind of work, and closing a circuit that is held open."""

import re

from playwright.sync_api import Page, expect

from faultline.operations.circuits import hold_open, read_circuits
from tests.e2e.sink import running
from tests.e2e.stack import Stack, fresh


def test_figures_pauses_and_circuits(page: Page, stack: Stack) -> None:
    """Each kind has its figures and can be paused and resumed; a circuit that is held open can be closed."""
    name = f"{fresh('away')[:30]}.example"
    hold_open(stack.session, stack.settings, name, "moves to another address")
    page.goto("/flow")
    row = page.locator("tr").filter(has=page.get_by_role("link", name="echo", exact=True))
    expect(row.locator("td.figures").nth(0)).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(row.locator("td.figures").nth(1)).to_have_text(re.compile(r"^[1-9][\d.]* %$"))
    expect(row.locator("td.figures").nth(2)).to_have_text(re.compile(r"^[\d.]+ m?s$"))
    expect(row.locator(".sparkline .line")).to_have_count(1)
    expect(page.locator(".vital").filter(has_text="Task queue").locator(".figure")).not_to_have_text("-")

    row = page.locator("tr").filter(has_text=name)
    expect(row.locator(".chip")).to_have_text("open")
    expect(row).to_contain_text("moves to another address")
    row.get_by_role("button", name="Close").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The same in a terminal").click()
    expect(dialog.locator("pre")).to_have_text(re.compile(f"^faultline circuits close {name} --stage dev"))
    dialog.get_by_role("button", name="Close").click()
    expect(row).to_have_count(0)
    expect(dialog).to_have_count(0)
    assert name not in [each["name"] for each in read_circuits(stack.session, stack.settings)]

    row = page.locator("tr").filter(has=page.get_by_role("link", name="http.request"))
    try:
        row.get_by_role("button", name="Pause").click()
        page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        expect(row.locator(".chip")).to_have_text("paused")
        [paused] = [each for each in stack.api.kinds().body["kinds"] if "pause" in each]
        assert paused["name"] == "http.request"
        row.get_by_role("button", name="Resume").click()
        page.get_by_role("dialog").get_by_role("button", name="Resume").click()
        expect(row.locator(".chip")).to_have_text("running")
        with running() as sink:
            assert stack.ended(stack.delivers(sink.url))["status"] == "SUCCEEDED"
    finally:
        stack.api.resume("http.request")
