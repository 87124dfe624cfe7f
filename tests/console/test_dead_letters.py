"""The screen "Dead letters": redrives of a canary, of its group, and with a correction."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e import sink as sinks
from tests.e2e.stack import Stack


def group(page: Page, reason: str) -> Locator:
    return page.locator(".group").filter(has_text=reason)


def test_one_is_redriven_and_then_the_rest(page: Page, stack: Stack) -> None:
    """After a server is repaired, one dead letter is redriven as a canary, and then the others."""
    with sinks.running() as sink:
        sink.answer(status=422)
        dead = [stack.delivers(sink.url) for _ in range(3)]
        for each in dead:
            assert stack.ended(each)["status"] == "DEAD_LETTERED"
        page.emulate_media(reduced_motion="no-preference")  # a dialog takes a while to open
        page.goto("/dead-letters")
        refused = group(page, "Unprocessable")
        expect(refused.locator(".figure")).to_have_text("3")
        expect(refused.locator(".sparkline .line")).to_have_count(1)
        died = {each: stack.task(each)["history"][-1]["at"] for each in dead}
        last = [each for each in dead if died[each] == max(died.values())]  # two may die in one millisecond
        newest = refused.get_by_role("link", name="Show the newest")
        expect(newest).to_have_attribute("href", re.compile(f"^/tasks/({'|'.join(last)})$"))
        sink.answer(status=200)
        refused.get_by_role("button", name="Redrive one").click()
        page.get_by_role("dialog").get_by_role("button", name="Redrive").click()
        expect(refused.locator(".canary")).to_contain_text("It works again: redrive the rest.")
        expect(refused.locator(".figure")).to_have_text("2")
        refused.get_by_role("button", name="Redrive the rest").dblclick()
        page.get_by_role("dialog").get_by_role("button", name="Not now").click()
        expect(page.get_by_role("dialog")).to_have_count(0)  # the second click did not open another one
        refused.get_by_role("button", name="Redrive the rest").click()
        page.get_by_role("dialog").get_by_role("button", name="Redrive 2 tasks").click()
        expect(page.get_by_text("Redrive: 2 done")).to_be_visible()
        for each in dead:
            assert stack.ended(each)["generation"] == 1
            assert stack.task(each)["status"] == "SUCCEEDED"


def test_a_group_is_redriven_with_a_correction(page: Page, stack: Stack) -> None:
    with sinks.running() as sink:
        sink.answer(status=406)
        dead = [stack.delivers(sink.url) for _ in range(2)]
        for each in dead:
            stack.ended(each)
        sink.answer(status=200)
        page.goto("/dead-letters?window=1h")
        group(page, "Not Acceptable").get_by_role("button", name="Redrive all with a correction").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Preview").click()
        expect(dialog.get_by_role("alert")).to_have_text("patch: must change something")
        dialog.get_by_label("Merge patch").fill('{"body": {"amended": true')
        expect(dialog.get_by_role("alert")).to_contain_text("not valid JSON")
        dialog.get_by_label("Merge patch").fill('{"body": {"amended": true}}')
        expect(dialog.locator(".before-after pre").nth(1)).to_contain_text('"amended": true')
        dialog.get_by_role("button", name="Preview").click()
        expect(dialog.get_by_role("heading", name="Redrive 2 tasks?")).to_be_visible()
        assert [stack.task(each)["generation"] for each in dead] == [0, 0]
        dialog.get_by_role("button", name="Redrive 2 tasks").click()
        expect(page.get_by_text("Redrive: 2 done")).to_be_visible()
        for each in dead:
            task = stack.ended(each)
            assert (task["status"], task["payload"]["body"]) == ("SUCCEEDED", {"amended": True})


def test_a_canary_that_dies_leaves_the_rest_alone(page: Page, stack: Stack) -> None:
    with sinks.running() as sink:
        sink.answer(status=404)
        dead = [stack.delivers(sink.url) for _ in range(2)]
        for each in dead:
            stack.ended(each)
        page.goto("/dead-letters?window=1h")
        missing = group(page, "Not Found")
        missing.get_by_role("button", name="Redrive one").click()
        page.get_by_role("dialog").get_by_role("button", name="Redrive").click()
        expect(missing.locator(".canary")).to_contain_text("It failed again with VALIDATION")
        expect(missing.get_by_role("button", name="Try another")).to_be_visible()
        assert missing.get_by_role("button", name="Redrive the rest").count() == 0
        assert sorted(stack.task(each)["generation"] for each in dead) == [0, 1]


def test_a_group_stays_while_a_user_decides_on_it(page: Page, stack: Stack) -> None:
    """A group whose last dead letter is cancelled elsewhere leaves the screen once the dialog is closed."""
    with sinks.running() as sink:
        sink.answer(status=410)
        dead = stack.delivers(sink.url)
        stack.ended(dead)
        page.goto("/dead-letters?window=1h")
        gone = group(page, "Gone")
        gone.get_by_role("button", name="Redrive one").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        stack.cancel(dead)
        expect(gone.locator(".figure")).to_have_text("0")
        dialog.get_by_role("button", name="Redrive").click()
        expect(page.get_by_text("Not done:")).to_be_visible()
        expect(gone).to_have_count(0)
