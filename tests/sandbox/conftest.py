"""A running sandbox for tests, and what they share to talk to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from faultline.operations.faults import FaultClient
from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox

_LONG = (
    "tests/sandbox/test_cli.py",
    "tests/sandbox/test_cli_up.py",
    "tests/sandbox/test_bench.py",
    "tests/chaos/",
    "tests/sandbox/executor/",
)
"""These come first, so that no process is left with one of them at the end."""

_SHARING = ("tests/chaos/", "tests/sandbox/executor/", "tests/sandbox/dynamodb/")
"""All tests of such a folder share what takes long to start."""

_APART = (
    "tests/sandbox/test_cli.py",
    "tests/sandbox/test_cli_up.py",
    "tests/sandbox/test_bench.py",
    "tests/sandbox/test_lifecycle.py",
)
"""Tests of these files start what they need for themselves."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order tests, and group them for `--dist loadgroup`: those that share a fixture run in one process."""
    items.sort(key=lambda item: next((n for n, path in enumerate(_LONG) if path in item.nodeid), len(_LONG)))
    for item in items:
        path = item.nodeid.partition("::")[0]
        if not path.endswith(_APART):
            group = next((folder for folder in _SHARING if folder in path), path)
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def sandbox(state_home: Path) -> Iterator[Sandbox]:
    """A LocalStack of this session's own, on a free port."""
    running = lifecycle.start(port=0)
    yield running
    lifecycle.stop(running.port)


@pytest.fixture(scope="session")
def client(sandbox: Sandbox) -> Callable[..., Any]:
    """Make a boto3 client of a service in the sandbox."""

    def make(service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=sandbox.endpoint_url,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    return make


@pytest.fixture
def faults(sandbox: Sandbox) -> Iterator[FaultClient]:
    """The sandbox's faults; there are none when the test begins, and none when it has ended."""
    client = FaultClient(sandbox.endpoint_url)
    yield client
    client.clear()
