"""Flow: a kind of work is paused, its tasks wait and say so, and it is resumed."""

from playwright.sync_api import Page, expect

from tests.e2e.stack import Stack, fresh


def test_a_kind_is_paused_and_resumed(page: Page, stack: Stack) -> None:
    page.goto("/flow")
    row = page.locator("tr").filter(has=page.get_by_role("link", name="http.request"))
    try:
        row.get_by_role("button", name="Pause").click()
        page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        expect(row.locator(".chip")).to_have_text("paused")
        [paused] = [each for each in stack.api.kinds().body["kinds"] if "pause" in each]
        assert paused["name"] == "http.request"
        row.get_by_role("button", name="Resume").click()
        page.get_by_role("dialog").get_by_role("button", name="Resume").click()
        expect(row.locator(".chip")).to_have_text("runs")
        assert stack.task(stack.accepted(taskId=fresh("after")))
    finally:
        stack.api.resume("http.request")
