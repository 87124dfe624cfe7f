"""The screen "Charts": the dashboards with their data."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.stack import Stack


def test_the_deployed_dashboards_are_drawn(page: Page, stack: Stack) -> None:
    """The deployed dashboards are drawn, and the chosen dashboard and period are in the URL."""
    page.goto("/dashboards")
    expect(page.locator(".choices").first.locator("a")).to_have_text([*stack.settings.dashboards])
    tasks = page.locator(".chart").filter(has=page.get_by_role("heading", name="Tasks", exact=True))
    # The chart's accessible name has its newest values.
    expect(tasks.locator("[aria-label]")).to_have_attribute("aria-label", re.compile(r"accepted \d+"))
    expect(page.locator(".newest").get_by_text("succeeded")).to_be_visible()
    page.get_by_role("link", name="performance").click()
    expect(page.get_by_role("heading", name="Functions, p99")).to_be_visible()
    page.get_by_role("link", name="3h").click()
    expect(page).to_have_url(re.compile(r"name=performance&window=3h$"))
    expect(page.get_by_text("a value for each 3 min")).to_be_visible()
