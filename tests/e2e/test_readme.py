"""The commands of the README work as pasted."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, blocks, commands
from tests.e2e.stack import Stack

API_URL = "http://127.0.0.1:4566/_aws/execute-api/faultline-dev/dev"
COMMAND = ".venv/bin/faultline"


@pytest.fixture
def environment(stack: Stack) -> dict[str, str]:
    """The environment of a person whose sandbox is the stack under test."""
    credentials = stack.session.get_credentials()
    assert credentials is not None
    return {
        **os.environ,
        "STAGE": stack.settings.name,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_DEFAULT_REGION": stack.session.region_name,
    }


@pytest.mark.timeout(300, func_only=True)
def test_a_task_of_the_readme_fails_twice_and_succeeds(stack: Stack, environment: dict[str, str]) -> None:
    """Each block does what the README says, and prints what it shows."""
    submit, show, submit_by_command = commands("README.md")

    [receipt] = _answers(submit, stack, environment)
    [shown_receipt] = re.findall(r'`({"taskId".*?})`', (ROOT / "README.md").read_text())
    assert receipt.keys() == json.loads(shown_receipt).keys()
    assert receipt["taskId"] == "stubborn"
    stack.ended("stubborn")

    [shown] = [block.text for block in blocks("README.md") if block.text.startswith("task ")]
    assert _what_happened(_run(show, environment)) == _what_happened(shown)

    printed = _run(submit_by_command, environment)
    assert re.search(r"^hopeless [A-Z_]+$", printed, re.MULTILINE)
    assert re.search(r"^task +type +status", printed, re.MULTILINE)
    assert stack.ended("hopeless")["status"] == "DEAD_LETTERED"


def _answers(script: str, stack: Stack, environment: dict[str, str]) -> list[dict[str, object]]:
    """Run the `curl` lines of a script against the stack, and return their answers.

    An answer that is an error fails its `curl`, and with it the script. The documents call a stage that wants
    no key; the stack under test wants one.
    """
    assert API_URL in script
    curl = r"curl --silent --fail-with-body --write-out '\n'"
    key = '-H @<(echo "X-Api-Key: $FAULTLINE_API_KEY")'
    script = script.replace(API_URL, stack.outputs.api_url).replace("curl -s", f"{curl} {key}")
    answers = [json.loads(line) for line in _run(script, environment).splitlines() if line]
    assert len(answers) == script.count("curl --silent")
    return answers


def _run(script: str, environment: dict[str, str]) -> str:
    """Run a script in bash, with the `faultline` of this environment, and return what it prints."""
    script = script.replace(COMMAND, str(Path(sys.executable).with_name("faultline")))
    done = subprocess.run(
        ["bash", "-euc", script], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _what_happened(printed: str) -> list[str]:
    """Return the lines of `faultline task` without what differs from run to run.

    QUEUED is left out, because a fast first attempt overtakes it.
    """
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", printed)
    text = re.sub(r"retry in \d+ s", "retry in N s", text)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if line and "QUEUED" not in line]
