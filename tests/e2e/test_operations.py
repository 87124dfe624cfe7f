"""The runbook's read-only commands."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.stack import Stack

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
TOOLS = re.findall(r"```sh tools\n(.*?)```", RUNBOOK, flags=re.DOTALL)
LOOKS = re.findall(r"```sh\n(.*?)```", RUNBOOK, flags=re.DOTALL)
SHELLS = 3


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


def test_looking_works_as_pasted(environment: dict[str, str]) -> None:
    """The runbook's read-only commands work as pasted. Each distinct line is run once.

    Several shells share them, since one shell would take longer than all other tests side by side, and those
    that need the stack to themselves would wait for it.
    """
    [tools] = TOOLS
    assert len(LOOKS) > 20
    lines = [*enumerate(dict.fromkeys(line for block in LOOKS for line in block.splitlines() if line))]

    def run(shell: int) -> None:
        script = "\n".join([tools, *(f"echo {number}; {line}" for number, line in lines[shell::SHELLS])])
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
