"""The README's tour, from a submission and its failure to a redrive in the console."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from faultline.operations.circuits import read_circuits
from sandbox.process import ports
from tests.documents import ROOT, blocks, commands, run_as_pasted
from tests.e2e.stack import Stack
from tests.eventually import eventually

PAGE = "README.md"
API_URL = "http://127.0.0.1:4566/_aws/execute-api/faultline-dev/dev"
SERVER = ".venv/bin/python -m http.server 8000 --bind 127.0.0.1 --directory docs >/dev/null 2>&1 &"
CONSOLE = ".venv/bin/faultline console"  # as tests.console.process starts it


def test_a_task_fails_and_is_redriven(page: Page, stack: Stack) -> None:
    """Each of the README's blocks, run in order, has the described effect and prints the shown output."""
    submit, show, repair = commands(PAGE)
    text, port = (ROOT / PAGE).read_text(), ports.free()
    environment = {**os.environ, "AWS_ENDPOINT_URL": stack.api.url.partition("/_aws")[0]}

    assert API_URL in submit
    submit = submit.replace(API_URL, stack.api.url).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    receipt = json.loads(run_as_pasted(submit, environment))
    [shown_receipt] = re.findall(r'`({"taskId".*?})`', text)
    assert receipt.keys() == json.loads(shown_receipt).keys()
    assert stack.ended(receipt["taskId"])["status"] == "DEAD_LETTERED"

    printed = run_as_pasted(show, environment)
    [shown] = [block.text for block in blocks(PAGE) if block.text.startswith("task ")]
    assert _history(printed)[: len(_history(shown))] == _history(shown)

    assert repair.splitlines() == [SERVER, CONSOLE]
    with _running(SERVER, port):
        eventually(lambda: _may_be_tried(stack, port), every=0.5, what="its circuit lets a task try")
        page.emulate_media(reduced_motion="no-preference")  # as most users see it
        page.goto("/")
        page.get_by_role("link", name="Dead letters", exact=True).first.click()
        group = page.locator(".group").filter(has_text="Connection refused")
        expect(group.locator(".figure")).to_have_text("1")
        group.get_by_role("button", name="Redrive one").click()
        page.get_by_role("dialog").get_by_role("button", name="Redrive").click()
        expect(group.locator(".canary")).to_contain_text(receipt["taskId"])
        expect(group.locator(".canary")).to_contain_text("It works again")
    task = stack.task(receipt["taskId"])
    assert (task["status"], task["generation"], task["attempts"]) == ("SUCCEEDED", 1, 1)


@contextmanager
def _running(line: str, port: int) -> Iterator[None]:
    """Run the README's server, on `port` instead of 8000, until the block ends."""
    program, _, _ = (
        line.replace("8000", str(port)).replace(".venv/bin/python", sys.executable).partition(" >")
    )
    with subprocess.Popen(
        shlex.split(program), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            eventually(lambda: _listens(port), what="the server listens")
            yield
        finally:
            server.terminate()


def _may_be_tried(stack: Stack, port: int) -> bool:
    """Return whether the server's circuit has reached its recovery time, if three failures have opened it.

    They do not if they fell on several environments. Readers take longer than the recovery time to continue.
    """
    opened = [
        datetime.fromisoformat(each["openedAt"])
        for each in read_circuits(stack.session, stack.settings)
        if each["name"].endswith(f":{port}") and "openedAt" in each
    ]
    # One second more, since it is recorded in whole seconds.
    recovery = timedelta(seconds=stack.settings.circuit_recovery_seconds + 1)
    return all(datetime.now(UTC) > each + recovery for each in opened)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _history(printed: str) -> list[list[str]]:
    """Return the states, attempts and categories that `faultline task` prints, without times and messages.

    QUEUED is left out, because a fast first attempt overtakes it.
    """
    rows = re.findall(r"^\d{4}-\S+Z  ([A-Z_]+) *(\d*) *([A-Z_]*)", printed, re.MULTILINE)
    return [list(row) for row in rows if row[0] != "QUEUED"]
