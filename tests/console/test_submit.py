"""The screen "Submit": a form generated from the kind's JSON Schema, or plain JSON."""

import re

from playwright.sync_api import Page, expect

from tests.console.proxy import Proxy
from tests.console.seed import next_month
from tests.e2e.stack import Stack, fresh


def test_a_form_shows_refusals_and_its_task_is_submitted_and_followed(page: Page, stack: Stack) -> None:
    task_id = fresh("form")
    page.goto("/submit?kind=http.request")
    page.get_by_label("url *").fill("no url")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator(".q-field--error")).to_contain_text(re.compile("url", re.IGNORECASE))
    page.get_by_label("url *").fill("http://127.0.0.1:9/hook")
    page.get_by_label("body").fill('{"order": 4711}')
    page.get_by_label("Id, to repeat the submission safely").fill(task_id)
    page.get_by_label("Not before").fill(next_month())
    page.get_by_role("button", name="Show as command").click()
    expect(page.locator(".outcome pre").first).to_contain_text("faultline submit")
    page.get_by_role("button", name="Submit and follow").click()
    expect(page).to_have_url(re.compile(f"/tasks/{task_id}$"))
    expect(page.locator(".task-head .chip")).to_have_text("Scheduled")
    assert stack.task(task_id)["payload"] == {"url": "http://127.0.0.1:9/hook", "body": {"order": 4711}}


def test_json_is_submitted_and_what_is_none_is_refused(page: Page, stack: Stack) -> None:
    page.goto("/submit?kind=echo")
    page.get_by_label("Payload").fill("\1" * 170_000)  # seven bytes each in an event
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator(".outcome")).to_contain_text("payload: too large for the console")
    page.get_by_label("Payload").fill('{"n": "🙂')
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator(".outcome")).to_contain_text("not valid JSON")
    page.get_by_label("Payload").fill('{"n": 1}')
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator(".outcome")).to_contain_text("Submitted")
    task_id = page.locator(".outcome a").inner_text()
    assert stack.ended(task_id)["result"] == {"n": 1}
    page.goto("/submit?kind=echo")
    page.locator(".recent").get_by_role("link", name=task_id).click()
    expect(page).to_have_url(re.compile(f"copy={task_id}$"))
    expect(page.get_by_label("Payload")).to_have_value(re.compile(r'"n": 1'))


def test_a_repetition_and_a_double_click_submit_one_task(page: Page, stack: Stack, proxy: Proxy) -> None:
    reference = fresh("once")
    page.goto("/submit?kind=echo")
    page.get_by_label("Reference", exact=True).fill(reference)
    button = page.get_by_role("button", name="Submit", exact=True)
    with proxy.losing_answers("POST", "/tasks"):
        button.click()
        expect(page.locator(".outcome")).to_contain_text("It may have been done")
    with proxy.hanging():
        button.dblclick()
        expect(button).to_be_disabled()
    expect(page.locator(".outcome")).to_contain_text("Submitted")
    expect(button).to_be_enabled()
    first = page.locator(".outcome a").inner_text()
    assert [each["taskId"] for each in stack.api.tasks(reference=reference).body["tasks"]] == [first]
    # Another click submits another task, and so does a double click, of which the second half is ignored.
    button.dblclick()
    expect(page.locator(".outcome a")).not_to_have_text(first)
    page.get_by_role("button", name="Show as command").click()
    expect(page.locator(".outcome pre").first).to_be_visible()
    assert len(stack.api.tasks(reference=reference).body["tasks"]) == 2
