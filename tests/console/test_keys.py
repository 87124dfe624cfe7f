"""Use of the console with the keyboard alone."""

import re
from contextlib import suppress

from playwright.sync_api import Page, TimeoutError, expect

TASK = "/tasks/order-4701"


def test_keys_lead_to_the_screens_and_to_a_task(page: Page) -> None:
    page.goto(TASK)
    expect(page.locator(".headline")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Dead letters")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Keys").focus()  # as after a click
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Submit")).to_be_visible()
    page.keyboard.press("/")
    expect(page).to_have_url(re.compile("/tasks$"))  # not at #find, where Back and reloads would search
    expect(page.locator("tbody tr").first).to_be_visible()
    expect(page.get_by_label("Id, reference or error")).to_be_focused()
    page.keyboard.type("order-4701")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"text=order-4701$"))
    expect(page.get_by_role("link", name="order-4701")).to_be_visible()
    # While the page is being built, its elements change, and the focus returns to the start.
    assert any(followed(page) for _ in range(5))


def followed(page: Page) -> bool:
    """Tab from the search to the link of `order-4701` and press Enter.

    Returns:
        Whether the browser goes to the task's page.
    """
    page.keyboard.press("/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.pathname") == TASK:
            page.keyboard.press("Enter")
            with suppress(TimeoutError):
                page.wait_for_url(re.compile(f"{TASK}$"), wait_until="commit", timeout=60_000)
                return True
            return False
    return False
