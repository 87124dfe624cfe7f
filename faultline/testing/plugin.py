"""Pytest plugin with fixtures for end-to-end tests of your own kinds of work in a sandbox.

Heavy imports are deferred until a fixture is used.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from faultline.operations.faults import FaultClient
    from faultline.testing.sandbox import Sandbox
    from faultline.testing.tasks import Tasks


@pytest.fixture(scope="session")
def sandbox() -> "Iterator[Sandbox]":
    """Sandbox for the test session, on a free port, with the project deployed."""
    from faultline.testing.sandbox import running

    with running() as started:
        yield started


@pytest.fixture
def tasks(sandbox: "Sandbox") -> "Tasks":
    """Client that submits tasks to the sandbox and waits for them."""
    from faultline.testing.tasks import Tasks

    return Tasks(sandbox.api)


@pytest.fixture
def faults(sandbox: "Sandbox") -> "Iterator[FaultClient]":
    """Client that injects faults into the functions' calls to AWS; they are removed after each test."""
    from faultline.operations.faults import FaultClient

    client = FaultClient(sandbox.endpoint_url)
    client.clear()
    yield client
    client.clear()


@pytest.fixture
def advance(sandbox: "Sandbox") -> Callable[[str], int]:
    """Function that runs now, in order, everything due within a time such as `1h`."""
    from faultline.operations.advance import advance as advance_by
    from faultline.operations.advance import time_to_advance

    return lambda text: advance_by(sandbox.session, sandbox.settings, time_to_advance(text))


@pytest.fixture
def reset(sandbox: "Sandbox") -> Callable[[], int]:
    """Function that deletes all tasks, messages and circuits."""
    from faultline.operations.reset import reset as forget

    return lambda: forget(sandbox.session, sandbox.settings)
