"""A running sandbox, and helpers to use it."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from faultline.operations.faults import FaultClient
from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox
from tests import aws
from tests.botocore_models import models_read_once

__all__ = ["models_read_once"]  # a fixture

_LONG = (
    "tests/sandbox/test_project.py",
    "tests/sandbox/test_cli.py",
    "tests/sandbox/test_cli_up.py",
    "tests/sandbox/test_bench.py",
    "tests/sandbox/executor/",
)
"""Long tests, which come first, so that no process runs one alone at the end."""

_SHARING = ("tests/sandbox/executor/", "tests/sandbox/dynamodb/")
"""Folders whose tests share a fixture that takes long to start."""

_APART = (
    "tests/sandbox/test_project.py",
    "tests/sandbox/test_cli.py",
    "tests/sandbox/test_cli_up.py",
    "tests/sandbox/test_bench.py",
    "tests/sandbox/test_lifecycle.py",
)
"""Files whose tests can run in separate processes."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first."""
    items.sort(key=lambda item: next((n for n, path in enumerate(_LONG) if path in item.nodeid), len(_LONG)))


class _Together(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """A scheduler that assigns whole folders or files to a process, or single tests of slow files."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path.endswith(_APART):
            return nodeid
        return next((folder for folder in _SHARING if folder in path), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Schedule `--dist loadscope` by shared fixtures, because `loadgroup` does nothing under pytest 9.2."""
    return _Together(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(scope="session")
def sandbox(state_home: Path) -> Iterator[Sandbox]:
    """Start a LocalStack for this session on a free port."""
    running = lifecycle.start(port=0)
    yield running
    lifecycle.stop(running.port)


@pytest.fixture(scope="session")
def client(sandbox: Sandbox) -> Callable[..., Any]:
    """Return a function that makes each boto3 client for the sandbox once, since that takes long."""

    @cache
    def make(service: str, region: str = "us-east-1") -> Any:
        return aws.client(service, sandbox.endpoint_url, region)

    return make


@pytest.fixture
def faults(sandbox: Sandbox) -> Iterator[FaultClient]:
    """Provide a client for faults in the sandbox, and clear the faults at the end."""
    client = FaultClient(sandbox.endpoint_url)
    yield client
    client.clear()
