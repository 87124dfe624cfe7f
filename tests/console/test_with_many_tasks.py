"""The console with many tasks and many tabs.

`FAULTLINE_MANY_TASKS=100000 scripts/test tests/console/test_with_many_tasks.py -s` measures the figures in
docs/console.md. This file runs last, because it fills the stage.
"""

import os
import re
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.measures.many_tasks import fill
from tests.console.process import ConsoleProcess, serving
from tests.console.proxy import Proxy
from tests.e2e.stack import Stack

MEASURED = "FAULTLINE_MANY_TASKS" in os.environ
COUNT = int(os.environ.get("FAULTLINE_MANY_TASKS", "500"))
SCREENS = {
    "/": "svg.wide a.place.SUCCEEDED.busy",
    "/tasks": "tbody tr",
    "/tasks?status=SUCCEEDED": "tbody tr",
    "/dead-letters": ".group",
}
OBSERVED_SECONDS = 40.0


def say(line: str) -> None:
    if MEASURED:
        sys.stdout.write(f"\n{line}")


@pytest.mark.timeout(1200)
def test_screens_count_and_page_with_many_tasks(page: Page, stack: Stack) -> None:
    fill(stack.session.client("dynamodb"), stack.outputs.task_table_name, COUNT)
    for path, landmark in SCREENS.items() if MEASURED else ():
        took = []
        for _ in range(5):
            began = time.perf_counter()
            page.goto(path)
            page.locator(landmark).first.wait_for()
            took.append(time.perf_counter() - began)
        say(f"{path} opens in {min(took):.2f} to {max(took):.2f} s")
    page.goto("/")
    accepted = page.locator("svg.wide a.place").filter(has_text="Accepted").locator(".number")
    expect(accepted).to_have_text(re.compile(r"^\d+,\d{3}|^[5-9]\d\d"))  # as many as there are, or 10,000+
    page.goto("/tasks?status=SUCCEEDED&text=old-")
    seen: set[str] = set()
    for _ in range(3 if MEASURED else 2):
        links = page.locator("tbody tr td.id a")
        expect(links).to_have_count(50)
        ids = links.all_inner_texts()
        assert not seen & {*ids}
        seen |= {*ids}
        began = time.perf_counter()
        page.get_by_role("link", name="Older").click()
        expect(links.first).not_to_have_text(ids[0])
        say(f"an older page opens in {time.perf_counter() - began:.2f} s")


if MEASURED:  # the rules have unit tests; this takes minutes, and a skipped browser test is a failure

    @pytest.mark.parametrize("path", ["/", "/tasks"])
    def test_calls_for_one_tab_and_for_five(
        context: BrowserContext, console: ConsoleProcess, proxy: Proxy, path: str
    ) -> None:
        rates = []
        for count in (1, 5):
            tabs = [context.new_page() for _ in range(count)]
            for tab in tabs:
                tab.goto(path)
                tab.locator(SCREENS[path]).first.wait_for()
            before = len(proxy.requests)
            tabs[0].wait_for_timeout(OBSERVED_SECONDS * 1000)
            asked = proxy.requests[before:]
            of_api = sum("/_aws/execute-api/" in each for each in asked)
            rates.append(of_api / OBSERVED_SECONDS)
            say(
                f"{path} in {count} tabs: {rates[-1]:.2f} calls of the API a second, "
                f"and {(len(asked) - of_api) / OBSERVED_SECONDS:.2f} of AWS's"
            )
            for tab in tabs:
                tab.close()
        assert rates[1] <= 1.3 * rates[0] + 0.1

    def test_a_console_starts(proxy: Proxy, tmp_path: Path) -> None:
        began = time.perf_counter()
        with serving(f"http://127.0.0.1:{proxy.port}", tmp_path / "log"):
            say(f"a console answers after {time.perf_counter() - began:.1f} s")
