"""Part of the end-to-end suite against the sandbox in a container."""

import os
import subprocess
import sys

import pytest

from tests.docker.project import ROOT, Project

SMOKE = (
    *("test_submission", "test_retry", "test_dead_letters", "test_schedule", "test_circuit", "test_traces"),
    *("test_logs", "test_alarms", "test_aws_cli", "test_api_page"),
)
"""Files of the end-to-end suite that use each function, the topic, the tests' servers and the commands."""


def test_end_to_end_tests_pass_in_the_network(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """End-to-end tests pass in the project's network, by `docker compose run --rm tests`."""
    part = f"PYTEST_ADDOPTS=-k '{' or '.join(SMOKE)}'"
    done = project.compose("run", "--rm", "-T", "-e", part, "tests", timeout=850)
    last = done.stdout.strip().splitlines()[-1]
    assert " passed" in last
    assert " failed" not in last
    with capsys.disabled():
        sys.stdout.write(f"\ndocker compose run --rm tests: {last}\n")


def test_end_to_end_tests_pass_from_the_host(project: Project) -> None:
    """End-to-end tests pass from the host, where functions in the container reach the tests' servers."""
    gateway = project.container.attrs["NetworkSettings"]["Networks"][f"{project.name}_default"]["Gateway"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/e2e/test_retry.py", "tests/e2e/test_redrive.py", "-q"],
        cwd=ROOT,
        env={
            **os.environ,
            "AWS_ENDPOINT_URL": project.endpoint_url,
            "STAGE": "test",
            "FAULTLINE_SINK_HOST": gateway,
        },
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-5000:]
