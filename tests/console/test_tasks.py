"""The screen "Tasks": filters in the URL, stable rows, pages, and actions on several tasks."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.console.proxy import Proxy
from tests.console.seed import forget, next_month
from tests.e2e.stack import Stack, fresh


def ids(page: Page) -> Locator:
    """Return a locator of the rows' ids, which are updated only some time after the URL."""
    return page.locator("tbody tr td.id a")


def test_filters_are_in_the_address_and_the_back_button_undoes_them(page: Page) -> None:
    page.goto("/tasks?tag=night")
    expect(ids(page).first).to_be_visible()
    page.locator(".states").get_by_text("Succeeded").click()
    expect(page).to_have_url(re.compile(r"/tasks\?status=SUCCEEDED&tag=night$"))
    page.get_by_label("Id, reference or error").fill("customer-1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/tasks\?status=SUCCEEDED&tag=night&text=customer-1$"))
    expect(ids(page)).to_have_text(["order-4705", "order-4702"])
    expect(page.get_by_label("Id, reference or error")).to_have_value("customer-1")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/tasks\?status=SUCCEEDED&tag=night$"))
    expect(ids(page)).to_have_text([f"order-{number}" for number in range(4706, 4700, -1)])
    expect(page.locator(".states .on")).to_have_text("Succeeded")
    # Enter applies the text in the field, even if the server has not yet been told of the change.
    page.get_by_label("Id, reference or error").evaluate(
        """field => {
            field.value = "customer-2";  // without the event that tells the server
            field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
        }"""
    )
    expect(page).to_have_url(re.compile(r"/tasks\?status=SUCCEEDED&tag=night&text=customer-2$"))


def test_a_filter_that_is_seldom_needed(page: Page, stack: Stack) -> None:
    """A filter under "More filters" suggests values from the listed rows."""
    task_id = stack.accepted(taskId=fresh("owl"), reference="owl", tags=["nocturnal"])
    page.goto("/tasks?reference=owl")
    expect(ids(page)).to_have_text([task_id])
    page.get_by_role("button", name="More filters").click()
    page.get_by_role("menuitem", name="Tag", exact=True).click()
    page.get_by_label("Tag", exact=True).fill("noct")
    expect(page.locator(".q-field__shadow", has_text="urnal")).to_be_visible()  # the rest of the suggestion
    page.keyboard.press("Tab")
    expect(page.get_by_label("Tag", exact=True)).to_have_value("nocturnal")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/tasks\?reference=owl&tag=nocturnal$"))
    expect(ids(page)).to_have_text([task_id])
    expect(page.get_by_text("all that match")).to_have_count(1)
    page.get_by_role("link", name="Clear").click()
    expect(page).to_have_url(re.compile(r"/tasks$"))
    expect(ids(page).first).to_be_visible()
    assert page.get_by_text("all that match").count() == 0  # without a filter these would be all tasks


def test_new_rows_wait_until_they_are_asked_for(page: Page, stack: Stack) -> None:
    tag = fresh("t")[:30]
    first = stack.accepted(taskId=fresh("first"), tags=[tag], simulate={"latencyMs": 2500})
    page.goto(f"/tasks?tag={tag}")
    expect(ids(page)).to_have_text([first])
    ids(page).focus()
    second = stack.accepted(taskId=fresh("second"), tags=[tag])
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(page.locator("tbody tr .chip")).to_have_text(["Succeeded"])  # while the row keeps its place
    expect(ids(page)).to_have_text([first])
    expect(ids(page)).to_be_focused()
    page.get_by_role("button", name="1 new").click()
    expect(ids(page)).to_have_text([second, first])


def test_rows_that_leave_the_page_show_their_present_state(page: Page, stack: Stack) -> None:
    tag = fresh("m")[:30]
    cancelled, gone, kept = (
        stack.accepted(taskId=fresh("row"), tags=[tag], runAt=next_month()) for _ in range(3)
    )
    page.goto(f"/tasks?tag={tag}&status=SCHEDULED")
    expect(ids(page)).to_have_text([kept, gone, cancelled])
    boxes = page.locator("tbody tr").get_by_role("checkbox")
    for row in (1, 2):
        boxes.nth(row).click()
    expect(page.get_by_role("button", name="Cancel 2", exact=True)).to_be_visible()
    assert stack.cancel(cancelled).status == 202
    forget(stack, gone)
    expect(page.locator("tbody tr .chip")).to_have_text(["Scheduled", "Gone", "Cancelled"])
    expect(ids(page)).to_have_text([kept, gone, cancelled])
    expect(boxes.nth(1)).to_be_disabled()
    expect(page.locator(".bulk")).to_have_text("1 selected")  # which cannot be cancelled again
    expect(page.get_by_text("2 tasks on this page, 1 gone")).to_be_visible()
    for task_id in (cancelled, kept):
        forget(stack, task_id)
    expect(page.get_by_text("No task matches these filters.")).to_be_visible()


def submit_alike(stack: Stack, tag: str, count: int) -> None:
    tasks = [{"payload": {}, "simulate": {}, "tags": [tag], "runAt": next_month()}] * count
    assert stack.api.call("POST", "/batches", json={"batchId": fresh("alike"), "tasks": tasks}).status == 202


def test_pages(page: Page, stack: Stack) -> None:
    tag = fresh("p")[:30]
    submit_alike(stack, tag, 52)
    page.goto(f"/tasks?tag={tag}")
    expect(ids(page)).to_have_count(50)
    newest = ids(page).all_inner_texts()
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    expect(ids(page)).to_have_count(2)
    assert not {*ids(page).all_inner_texts()} & {*newest}
    page.go_back()
    expect(ids(page)).to_have_text(newest)
    # New rows push out the last ones, which are then no longer selected.
    page.locator("tbody tr").last.get_by_role("checkbox").click()
    expect(page.get_by_text("1 selected")).to_be_visible()
    newer = stack.accepted(taskId=fresh("newer"), tags=[tag], runAt=next_month())
    page.get_by_role("button", name="1 new").click()
    expect(ids(page).first).to_have_text(newer)
    expect(page.get_by_text("1 selected")).to_be_hidden()


def test_selected_rows_are_cancelled_and_run(page: Page, stack: Stack, proxy: Proxy) -> None:
    tag = fresh("s")[:30]
    submit_alike(stack, tag, 9)
    page.goto(f"/tasks?tag={tag}")
    expect(ids(page)).to_have_count(9)
    newest = ids(page).all_inner_texts()
    for row in range(3):
        page.locator("tbody tr").nth(row).get_by_role("checkbox").click()
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("button", name="Cancel 3", exact=True).click()
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("dialog")).to_have_count(0)  # the next one has the same buttons
    page.get_by_role("button", name="Cancel 3", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel 3 tasks").click()
    expect(page.get_by_text("Cancel: 3 tasks done")).to_be_visible()
    expect(page.locator("tbody tr .chip.CANCELLED")).to_have_count(3)
    assert [stack.task(each)["status"] for each in newest[:4]] == [*["CANCELLED"] * 3, "SCHEDULED"]
    page.locator("tbody tr").nth(4).get_by_role("checkbox").click()
    page.get_by_role("button", name="Run now 1", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Run now 1 task").click()
    expect(page.locator("tbody tr").nth(4).locator(".chip")).to_have_text("Succeeded")
    # An action on several tasks can be stopped between two of them.
    for row in (5, 6, 7):
        page.locator("tbody tr").nth(row).get_by_role("checkbox").click()
    page.get_by_role("button", name="Cancel 3", exact=True).click()
    with proxy.hanging():
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Cancel 3 tasks").click()
        dialog.get_by_role("button", name="Stop", exact=True).click()
        expect(dialog.get_by_role("button", name="Stopping …")).to_be_disabled()
        expect(dialog.get_by_role("status")).to_have_text("0 of 3 done so far ...")
    expect(page.get_by_text("Cancel: stopped, 1 of 3 done")).to_be_visible()
    expect(page.locator("tbody tr .chip.CANCELLED")).to_have_count(4)
    expect(page.get_by_text("2 selected")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel 2", exact=True)).to_be_visible()
    statuses = [stack.task(each)["status"] for each in newest[5:8]]
    assert sorted(statuses) == ["CANCELLED", "SCHEDULED", "SCHEDULED"]


def test_all_that_match_are_counted_and_then_cancelled(page: Page, stack: Stack, proxy: Proxy) -> None:
    tag = fresh("a")[:30]
    task_ids = [stack.accepted(taskId=fresh("all"), tags=[tag], runAt=next_month()) for _ in range(3)]
    button = page.get_by_role("button", name="Cancel all that match")
    with proxy.hanging():
        page.goto(f"/tasks?tag={tag}&status=SCHEDULED")
        left = button.evaluate("button => button.getBoundingClientRect().left")
    expect(page.locator("tbody tr")).to_have_count(3)
    # A click while the tasks appear does not miss it.
    assert button.evaluate("button => button.getBoundingClientRect().left") == left
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Cancel 3 tasks?")
    assert [stack.task(each)["status"] for each in task_ids] == ["SCHEDULED"] * 3
    with proxy.hanging():
        dialog.get_by_role("button", name="Cancel 3 tasks").click()
        # The call that has begun cannot be stopped, so the dialog stays until it has ended.
        dialog.get_by_role("button", name="Stop", exact=True).click()
        expect(dialog.get_by_role("button", name="Stopping …")).to_be_disabled()
    expect(page.get_by_text("Cancel: 3 done")).to_be_visible()
    expect(dialog).to_have_count(0)
    assert [stack.task(each)["status"] for each in task_ids] == ["CANCELLED"] * 3
