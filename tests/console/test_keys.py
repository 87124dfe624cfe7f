"""The console by the keyboard alone."""

import re

from playwright.sync_api import Page, expect


def test_keys_lead_to_the_screens_and_to_a_task(page: Page) -> None:
    page.goto("/")
    expect(page.locator("svg.wide a.place.SUCCEEDED .number")).not_to_have_text("-")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Dead letters")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/tasks$"))
    expect(page.locator("tbody tr").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("order-4701")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"text=order-4701$"))
    link = page.get_by_role("link", name="order-4701")
    expect(link).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tasks/order-4701$"))
