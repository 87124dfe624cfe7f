"""A running sandbox for tests, and what they share to talk to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from faultline.operations.faults import FaultClient
from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The one that waits for a minute's schedule comes first, so that the others need not wait for it."""
    items.sort(key=lambda item: item.path.name != "test_schedules.py")


@pytest.fixture(scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """XDG_STATE_HOME for the session, so that the user's sandboxes are left alone."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


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
