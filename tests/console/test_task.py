"""The screen of a task: attempts, reason for a failure, next step, and confirmed actions."""

import re
import subprocess

from playwright.sync_api import Page, expect

from tests.console.proxy import Proxy
from tests.console.seed import MARKUP, PRIVATE, forget, next_month
from tests.e2e import sink as sinks
from tests.e2e.stack import Stack, fresh


def test_a_failure_is_understood_from_its_screen_its_log_lines_and_its_trace(page: Page) -> None:
    page.goto("/tasks/mail-1")
    expect(page.locator(".headline")).to_have_text("Succeeded with attempt 2. Nothing more happens.")
    rows = page.locator("table.plain tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("NETWORK: simulated: attempt 1 was to fail with NETWORK")
    expect(rows.nth(0)).to_contain_text(re.compile(r"planned \d"))
    expect(rows.nth(1)).to_contain_text("succeeded")
    states = page.locator(".path .chip").all_inner_texts()
    assert [states[0], states[-1]] == ["Pending", "Succeeded"]
    assert states.count("Processing") == 2
    page.get_by_text("Log lines", exact=True).click()
    said = page.locator(".log .said")
    expect(said.filter(has_text="task submitted (echo)")).to_have_count(1)
    expect(said.filter(has_text="attempt failed (echo) attempt 1 NETWORK: simulated")).to_have_count(1)
    expect(said.filter(has_text="task succeeded (echo) attempt 2")).to_have_count(1)
    titles = page.locator(".log .attempt")
    expect(titles).to_have_text(["Attempt 1, failed", "Attempt 2, succeeded"])
    page.locator(".drawer").get_by_text("Trace", exact=True).click()
    attempts = page.locator(".trace tr").filter(has_text="process-task").filter(has_text="attempt")
    expect(attempts).to_have_count(2)
    expect(attempts.nth(0)).to_contain_text("fault, attempt 1, category NETWORK")
    expect(attempts.nth(0).locator(".bar.fault")).to_have_count(1)


def test_a_task_that_waits_for_its_turn_names_its_place(page: Page, stack: Stack) -> None:
    key = fresh("key")
    with sinks.running() as sink:
        sink.answer(status=429, retry_after=600)
        head = stack.delivers(sink.url, orderingKey=key)
        later = [stack.accepted(taskId=fresh("turn"), orderingKey=key) for _ in range(2)]
        stack.becomes(head, "PARKED")  # until its retry; meanwhile the tasks behind it are received
        stack.becomes(later[1], "PARKED")
        page.goto(f"/tasks/{later[1]}")
        headline = page.locator(".headline")
        expect(headline).to_have_text(f"Waits for its turn, third in key {key}.")
        assert stack.cancel(head).status == 202
        expect(headline).to_have_text("Succeeded with the first attempt. Nothing more happens.")


def test_a_cancellation_is_confirmed_and_shown_as_a_curl_that_works(page: Page, stack: Stack) -> None:
    task_ids = [stack.accepted(taskId=fresh("later"), runAt=next_month()) for _ in range(2)]
    page.goto(f"/tasks/{task_ids[0]}")
    page.get_by_role("button", name="Cancel task").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The same in a terminal").click()
    expect(dialog.locator("pre").first).to_have_text(f"faultline cancel {task_ids[0]} --stage dev")
    curl = dialog.locator("pre").nth(1).inner_text()
    subprocess.run(["bash", "-c", curl.replace(task_ids[0], task_ids[1])], check=True, capture_output=True)
    assert [stack.task(each)["status"] for each in task_ids] == ["SCHEDULED", "CANCELLED"]
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_have_count(0)  # it has a button of the same name
    assert stack.task(task_ids[0])["status"] == "SCHEDULED"
    page.get_by_role("button", name="Cancel task").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel task").click()
    expect(page.locator(".task-head .chip")).to_have_text("Cancelled")
    expect(page.get_by_role("button", name="Cancel task")).to_have_count(0)


def test_a_dead_letter_is_redriven(page: Page, stack: Stack) -> None:
    task_id = stack.accepted(taskId=fresh("dead"), simulate={"error": "VALIDATION"})
    stack.ended(task_id)
    page.emulate_media(reduced_motion="no-preference")  # a dialog takes a while to open
    page.goto(f"/tasks/{task_id}")
    expect(page.locator(".headline")).to_contain_text("Was given up after 1 attempt: VALIDATION")
    page.get_by_role("button", name="Redrive", exact=True).dblclick()
    page.get_by_role("dialog").get_by_role("button", name="Not now").click()
    expect(page.get_by_role("dialog")).to_have_count(0)  # the second click did not open another one
    page.get_by_role("button", name="Redrive", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Redrive").click()
    expect(page.get_by_text("Generation 1, redriven")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("Generation1")


def test_a_scheduled_task_is_run_now(page: Page, stack: Stack) -> None:
    task_id = stack.accepted(taskId=fresh("now"), runAt=next_month())
    page.goto(f"/tasks/{task_id}")
    page.get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Run now").click()
    expect(page.locator(".task-head .chip")).to_have_text("Succeeded")


def test_a_dead_letter_is_redriven_with_a_correction(page: Page, stack: Stack, proxy: Proxy) -> None:
    """A dead letter can be redriven with a corrected payload; a refusal by the API is shown at the field.

    Edits are in both views, and the dialog stays until the outcome is known.
    """
    with sinks.running() as sink:
        sink.answer(status=410)
        task_id = stack.delivers(sink.url, reference=fresh("edited"))
        assert stack.ended(task_id)["status"] == "DEAD_LETTERED"
        sink.answer(status=200)
        page.goto(f"/tasks/{task_id}")
        page.get_by_role("button", name="Redrive with a correction").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("url *")).to_have_value(sink.url)
        dialog.get_by_label("url *").fill("no url")
        dialog.get_by_role("switch", name="Payload as JSON").click()
        expect(dialog.get_by_label("Payload", exact=True)).to_have_value(re.compile('"url": "no url"'))
        dialog.get_by_label("Payload", exact=True).fill('{"url": "no url", "more": 1}')
        dialog.get_by_role("switch", name="Payload as JSON").click()
        expect(dialog.get_by_role("alert")).to_have_text("The form cannot show these values: more")
        expect(dialog.get_by_role("switch", name="Payload as JSON")).to_be_checked()
        dialog.get_by_label("Payload", exact=True).fill('{"url": "still no url"}')
        dialog.get_by_role("switch", name="Payload as JSON").click()
        expect(dialog.get_by_label("url *")).to_have_value("still no url")
        dialog.get_by_role("button", name="Redrive", exact=True).click()
        expect(dialog.locator(".q-field--error")).to_contain_text(re.compile("url", re.IGNORECASE))
        assert stack.task(task_id)["generation"] == 0
        dialog.get_by_label("url *").fill(f"{sink.url}/edited")
        with proxy.hanging():
            dialog.get_by_role("button", name="Redrive", exact=True).click()
            expect(dialog.get_by_role("button", name="Not now")).to_be_disabled()
        expect(page.locator(".task-head .chip")).to_have_text("Succeeded")
        task = stack.task(task_id)
        assert (task["generation"], task["payload"]["url"]) == (1, f"{sink.url}/edited")


def test_a_copy_is_submitted(page: Page, stack: Stack) -> None:
    task_id = stack.accepted(taskId=fresh("copied"), payload={"n": 7, "token": PRIVATE}, tags=["a", "b"])
    page.goto(f"/tasks/{task_id}")
    page.get_by_role("button", name="Submit a copy").click()
    expect(page.get_by_label("Tags, separated by commas")).to_have_value("a, b")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator(".outcome")).to_contain_text("Submitted")
    copy = stack.task(page.locator(".outcome a").inner_text())
    assert copy["taskId"] != task_id
    assert (copy["payload"], copy["tags"]) == ({"n": 7, "token": PRIVATE}, ["a", "b"])


def test_what_is_refused_is_said_and_the_screen_follows(page: Page, stack: Stack) -> None:
    """A refused action shows the reason, here that the task was cancelled elsewhere in the meantime."""
    task_id = stack.accepted(taskId=fresh("later"), runAt=next_month())
    page.goto(f"/tasks/{task_id}")
    expect(page.locator(".headline")).to_contain_text(re.compile(r"Will be queued in \d+ d"))
    page.get_by_role("button", name="Cancel task").click()
    assert stack.cancel(task_id).status == 202
    page.get_by_role("dialog").get_by_role("button", name="Cancel task").click()
    expect(page.get_by_text("Not done: HTTP 409")).to_be_visible()
    expect(page.locator(".headline")).to_have_text("Was cancelled. Nothing more happens.")


def test_what_is_not_answered_may_have_been_done(page: Page, stack: Stack, proxy: Proxy) -> None:
    task_id = stack.accepted(taskId=fresh("later"), runAt=next_month())
    page.goto(f"/tasks/{task_id}")
    page.get_by_role("button", name="Cancel task").click()
    with proxy.losing_answers("DELETE", task_id):
        page.get_by_role("dialog").get_by_role("button", name="Cancel task").click()
        expect(page.get_by_text("It may have been done: ")).to_be_visible()
    expect(page.locator(".task-head .chip")).to_have_text("Cancelled")


def test_private_fields_are_hidden_until_they_are_asked_for(page: Page) -> None:
    page.goto("/tasks/order-4701")
    expect(page.locator(".json").first).to_contain_text('"token": "*****"')
    assert PRIVATE not in page.content()
    page.get_by_role("button", name="Show private fields").click()
    expect(page.locator(".json").first).to_contain_text(PRIVATE)


def test_markup_is_text_wherever_it_is_shown(page: Page) -> None:
    page.goto("/tasks?text=%3Cimg")
    expect(page.locator("tbody tr")).to_have_count(1)
    nothing_is_interpreted(page)
    page.goto("/tasks/markup")
    nested = page.locator(".json").first
    expect(nested).to_contain_text("</script>")
    markup = nested.locator("details details details .leaf")
    expect(markup).to_be_visible()
    nested.locator("details details details summary").click()
    expect(markup).not_to_be_visible()
    expect(page.locator(".facts")).to_contain_text(MARKUP)
    expect(page.locator(".facts a.chip")).to_have_text("<i>tag</i>")
    nothing_is_interpreted(page)


def nothing_is_interpreted(page: Page) -> None:
    assert page.locator("img[src=x], .screen b, .screen i:not(.q-icon)").count() == 0
    assert "broken into" not in page.title()


def test_a_task_that_is_deleted_and_returns(page: Page, stack: Stack) -> None:
    task_id = stack.accepted(taskId=fresh("lost"), runAt=next_month())
    page.goto(f"/tasks/{task_id}")
    expect(page.locator(".headline")).to_contain_text("Will be queued")
    forget(stack, task_id)
    expect(page.get_by_text("There is no task with this id")).to_be_visible()
    expect(page.locator(".headline")).to_be_hidden()
    expect(page.locator(".task-head .buttons button")).to_have_count(0)
    expect(page.locator(".task-head .chip")).to_have_count(0)
    stack.accepted(taskId=task_id, runAt=next_month())
    expect(page.locator(".headline")).to_contain_text("Will be queued")
    expect(page.get_by_role("button", name="Cancel task")).to_be_visible()
    expect(page.get_by_text("There is no task with this id")).to_be_hidden()


def test_what_is_no_task_id_is_said(page: Page) -> None:
    page.goto("/tasks/no%20id")
    expect(page.get_by_text("is not a task id")).to_be_visible()
