"""The screen "Overview": live numbers that link to their lists, and an outage of the sandbox."""

import re
from datetime import UTC

import requests
from playwright.sync_api import BrowserContext, Page, expect

from faultline.operations.alarms import read_alarms
from tests.console.process import ConsoleProcess
from tests.console.proxy import Proxy
from tests.console.seed import next_month
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually


def place(page: Page, name: str) -> str:
    """Return the text of the number in a box of the diagram, without thousands separators."""
    box = page.locator("svg.wide a.place").filter(has=page.locator("text.name", has_text=name))
    return str(box.locator(".number").text_content()).replace(",", "")


def test_numbers_lead_to_their_lists_and_signals_and_alarms_come_from_cloudwatch(
    page: Page, stack: Stack
) -> None:
    alarms = stack.session.client("cloudwatch")
    known = [each["AlarmName"] for each in alarms.describe_alarms()["MetricAlarms"]]
    alarm = next(each for each in known if each.startswith(stack.settings.stack_name))
    alarms.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    page.goto("/")
    page.get_by_role("link", name="24 hours").click()
    expect(page).to_have_url(re.compile(r"window=24h$"))
    expect(page.locator(".choices .current")).to_have_text("24 hours")
    page.go_back()
    expect(page.locator(".choices .current")).to_have_text("hour")
    expect(page.locator("svg.wide a.place.DEAD_LETTERED .number")).not_to_have_text("-")
    assert int(place(page, "Succeeded")) >= 8
    page.locator("svg.wide a.place.DEAD_LETTERED").click()
    expect(page).to_have_url(re.compile(r"/tasks\?status=DEAD_LETTERED$"))
    expect(page.locator("tbody tr .chip").first).to_have_text("Dead lettered")
    page.go_back()
    # What is known of alarms and signals may be some seconds old.
    name = alarm.removeprefix(f"{stack.settings.stack_name}-")
    listed = page.locator(".alarms li").filter(has=page.locator("strong").get_by_text(name, exact=True))
    expect(listed).to_be_visible()
    [fired] = [each.since for each in read_alarms(stack.session, stack.settings) if each.name == name]
    expect(listed).to_contain_text(f"{fired.astimezone(UTC):%H:%M:%S} UTC")
    expect(page.locator(".alarms code").last).to_contain_text("docs/operations.md#")
    signals = page.locator(".vital")
    expect(signals.filter(has_text="Succeeded").locator(".figure")).to_have_text(re.compile(r"^[1-9]"))
    for passed in ("accepted", "attempts", "succeeded", "given_up"):
        arrow = page.locator(f'svg.wide .passed[data-passed="{passed}"]')
        expect(arrow).to_have_text(re.compile(r"^\+[1-9]"))
    expect(signals.filter(has_text="Attempt duration")).to_contain_text(re.compile(r"\d m?s.*95 % within"))
    expect(signals.filter(has_text="Task queue").locator(".sparkline path")).not_to_have_count(0)
    page.locator(".by-category a.chip", has_text="VALIDATION").click()
    expect(page).to_have_url(re.compile(r"status=DEAD_LETTERED&diedAfter=20[^&]+Z&category=VALIDATION$"))


def choose_refresh(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Refresh").click()
    page.get_by_role("option", name=name, exact=True).click()


def test_numbers_change_by_themselves_in_two_tabs(context: BrowserContext, stack: Stack) -> None:
    """Each tab refreshes as often as it says, whatever is chosen in another one, and at once."""
    tabs = [context.new_page(), context.new_page()]
    numbers = [tab.locator("svg.wide a.place.SCHEDULED .number") for tab in tabs]
    for tab, number in zip(tabs, numbers, strict=True):
        tab.goto("/")
        expect(number).not_to_have_text("-")
    before = int(place(tabs[0], "Scheduled"))
    stack.accepted(taskId=fresh("soon"), runAt=next_month())
    for number in numbers:
        expect(number).to_have_text(str(before + 1))
    choose_refresh(tabs[1], "off")
    try:
        expect(tabs[1].get_by_role("option")).to_have_count(0)
        stack.accepted(taskId=fresh("soon"), runAt=next_month())
        expect(numbers[0]).to_have_text(str(before + 2))
    finally:  # it is also the choice for the tabs of other tests
        choose_refresh(tabs[1], "2 s")
    expect(numbers[1]).to_have_text(str(before + 2))
    for tab in tabs:
        tab.close()


def test_a_screen_is_read_while_the_browser_loads_it(console: ConsoleProcess, proxy: Proxy) -> None:
    """The console queries the stage as soon as the page is requested, before its scripts connect."""
    cookie = requests.get(console.address, timeout=60).cookies
    assert requests.get(f"{console.base}/tasks/never-there", cookies=cookie, timeout=60).ok
    eventually(lambda: any("tasks/never-there" in each for each in proxy.requests), what="it is read")


def test_a_sandbox_that_hangs_and_one_that_goes_away_and_comes_back(page: Page, proxy: Proxy) -> None:
    page.goto("/")
    # All three readings have ended once, since the banner gives their time. Tasks may still end, but none is
    # scheduled.
    number = page.locator("svg.wide a.place.SCHEDULED .number")
    expect(number).not_to_have_text("-")
    expect(page.locator(".vital").first).to_be_visible()
    alarms = page.locator("section").filter(has=page.get_by_role("heading", name="Firing alarms"))
    expect(alarms.locator(".empty, .alarms")).to_be_visible()
    shown = str(number.text_content())
    waiting = re.compile(r"Waiting for the stage\. The data shown is from about \d\d:\d\d:\d\d UTC")
    with proxy.hanging():
        expect(page.locator(".banner")).to_have_text(waiting)
        expect(number).to_have_text(shown)
    expect(page.locator(".banner")).to_be_hidden()
    proxy.go_away()
    try:
        expect(page.locator(".banner")).to_contain_text("does not answer")
        expect(number).to_have_text(shown)
        page.goto("/tasks")
        expect(page.locator(".banner")).to_contain_text("does not answer")
    finally:
        proxy.come_back()
    expect(page.locator(".banner")).to_be_hidden()
    expect(page.locator("tbody tr").first).to_be_visible()
