"""The screen "Break it": faults with their hits, and scenes that a user plays and repairs."""

from playwright.sync_api import Locator, Page, expect

from faultline.operations.failure_rate import read_failure_rate, set_failure_rate
from infra.stages import stage
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually


def scene(page: Page, title: str) -> Locator:
    return page.locator(".scene").filter(has=page.get_by_role("heading", name=title))


def test_failures_faults_and_a_poison_message(page: Page, stack: Stack) -> None:
    """The share of random failures is the current one, and a fault is set, hits and is removed."""
    settings = stage("dev")  # as the console has it
    set_failure_rate(stack.session, settings, 0.25)
    try:
        page.goto("/break-it")
        share = page.locator(".rate")
        expect(share).to_contain_text("25 %")
        share.locator('.q-slider [tabindex="0"]').press("ArrowRight")
        expect(share).to_contain_text("30 %")
        eventually(lambda: read_failure_rate(stack.session, settings) == 0.3, what="the rate is set")
    finally:
        set_failure_rate(stack.session, settings, 0)
    expect(page.get_by_text("None. The functions' calls to AWS work.")).to_be_visible()
    page.get_by_role("button", name="DynamoDB throttles 30 % of updates").click()
    row = page.locator("table.rules tbody tr")
    expect(row).to_contain_text(
        "30 % of the calls of dynamodb UpdateItem: ThrottlingException before the call"
    )

    def hit() -> bool:
        if int(row.locator(".figures").inner_text()) > 0:
            return True
        stack.accepted(taskId=fresh("hit"))
        return False

    eventually(hit, every=1, what="a call of a task is hit")
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None. The functions' calls to AWS work.")).to_be_visible()
    scene(page, "A poison message").get_by_role("button", name="Play").click()
    expect(scene(page, "A poison message").locator(".said")).to_contain_text("was put on the queue")
    page.goto("/tasks?type=unreadable")
    expect(page.locator("tbody tr .chip")).to_have_text("Dead lettered")


def test_an_outage_parks_tasks_until_the_server_is_back(page: Page, stack: Stack) -> None:
    page.goto("/break-it")
    outage = scene(page, "An outage")
    outage.get_by_role("button", name="Bring the server back").click()
    expect(outage.locator(".said")).to_have_text("play the scene first")
    outage.get_by_role("button", name="Play").click()
    expect(outage.locator(".said")).to_have_text("10 tasks were submitted.")
    expect(page.locator("svg.wide a.place.PARKED .number")).to_have_text("10")
    task_id = next(each["taskId"] for each in stack.api.tasks(status="PARKED", limit=100).body["tasks"])
    outage.get_by_role("button", name="Bring the server back").click()
    expect(outage.locator(".said")).to_have_text("Done.")
    # The next probe comes some seconds later, or was this task and has just succeeded.
    assert stack.api.run(task_id).status in (202, 409)
    assert stack.ended(task_id)["status"] == "SUCCEEDED"
    stack.release()
    expect(page.locator("svg.wide a.place.PARKED .number")).to_have_text("0")
