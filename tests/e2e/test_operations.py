"""The runbook's read-only commands."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import aws_cli
from tests.e2e.stack import Stack
from tests.sandbox.person import called

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
TOOLS = re.findall(r"```sh tools\n(.*?)```", RUNBOOK, flags=re.DOTALL)
LOOKS = re.findall(r"```sh\n(.*?)```", RUNBOOK, flags=re.DOTALL)
NAME = re.compile(r'(?<="\$NAME-)[\w-]+|(?<=^errors )\w+|(?<=\$\(queue )[\w.-]+')
"""The name of a resource in a line, without the stack's name."""
PLAIN = re.compile(r"(aws|faultline) [^(|;&<>]*")
"""A command that needs of the shell only the stack's name."""


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

    Each distinct line is run once. Of `aws` lines that differ only in the name of a resource, one is run, and
    all names are names of the stack's resources. A shell runs the first line of each program, and what only a
    shell can run. The other lines run in this process, where they need a fifth of the time.
    """
    [tools] = TOOLS
    assert len(LOOKS) > 20
    lines = dict.fromkeys(line for block in LOOKS for line in block.splitlines() if line)
    assert {found[0] for line in lines for found in NAME.finditer(line)} <= resource_names(stack)
    distinct = {line if line.startswith("faultline ") else NAME.sub("NAME", line): line for line in lines}
    first = {line.partition(" ")[0]: line for line in reversed(distinct.values())}.values()
    pasted = [line for line in distinct.values() if line in first or not PLAIN.fullmatch(line)]
    script = "\n".join([tools, *(f"echo {shlex.quote(line)}; {line}" for line in pasted)])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stderr == ""
    for line in distinct.values():
        program, *words = shlex.split(line.replace("$NAME", stack.settings.stack_name))
        if line in pasted:
            continue
        if program == "aws":
            aws_cli.called(environment, *words)
        else:
            status, _, err = called(environment, *words)
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
