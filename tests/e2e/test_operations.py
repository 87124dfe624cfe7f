"""The runbook's read-only commands."""

import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.stack import Stack
from tests.sandbox.person import called

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
TOOLS = re.findall(r"```sh tools\n(.*?)```", RUNBOOK, flags=re.DOTALL)
LOOKS = re.findall(r"```sh\n(.*?)```", RUNBOOK, flags=re.DOTALL)
SHELLS = 3
NAME = re.compile(r'(?<="\$NAME-)[\w-]+|(?<=^errors )\w+|(?<=\$\(queue )[\w.-]+')
"""The name of a resource in a line, without the stack's name."""


@pytest.fixture
def environment(stack: Stack) -> dict[str, str]:
    """Return the environment for the runbook's commands, with the variables of this stack."""
    credentials = stack.session.get_credentials()
    assert credentials is not None
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "STAGE": stack.settings.name,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_DEFAULT_REGION": stack.session.region_name,
        "AWS_ENDPOINT_URL": os.environ.get("AWS_ENDPOINT_URL", ""),
    }


def test_looking_works_as_pasted(environment: dict[str, str], stack: Stack) -> None:
    """The runbook's read-only commands work as pasted.

    Each distinct line is run once. Of lines that differ only in the name of a resource, the first is run, and
    all names are names of the stack's resources. Of the lines with `faultline`, the first starts a process.

    Several shells share the lines, since one shell would take longer than all other tests side by side, and
    those that need the stack to themselves would wait for it.
    """
    [tools] = TOOLS
    assert len(LOOKS) > 20
    lines = dict.fromkeys(line for block in LOOKS for line in block.splitlines() if line)
    assert {found[0] for line in lines for found in NAME.finditer(line)} <= resource_names(stack)
    first, *ours = (line for line in lines if line.startswith("faultline "))
    others: dict[str, str] = {}
    for line in lines:
        if line not in ours:
            others.setdefault(NAME.sub("NAME", line), line)
    assert first in others.values()

    def run(shell: int) -> None:
        share = list(others.values())[shell::SHELLS]
        script = "\n".join([tools, *(f"echo {shlex.quote(line)}; {line}" for line in share)])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=580,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        assert done.stderr == ""

    with ThreadPoolExecutor(SHELLS) as shells:
        list(shells.map(run, range(SHELLS)))
    for line in ours:
        status, _, err = called(environment, *shlex.split(line)[1:])
        assert (status, err) == (0, ""), line


def resource_names(stack: Stack) -> set[str]:
    """Return the names of the stack's resources as in the runbook, where functions' names also have `_`."""
    name = stack.settings.stack_name
    pages = stack.session.client("cloudformation").get_paginator("list_stack_resources")
    ids = {
        resource["PhysicalResourceId"]
        for page in pages.paginate(StackName=name)
        for resource in page["StackResourceSummaries"]
    }
    names = {id.rpartition("/")[2].removeprefix(f"{name}-") for id in ids}
    return names | {each.replace("-", "_") for each in names}
