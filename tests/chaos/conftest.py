"""A stack in a sandbox of its own, and the seed of a storm."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faultline.operations import target
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.outputs import outputs
from infra.deploy.packaging import build, local_platform
from infra.stages import stage
from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox
from tests.botocore_models import models_read_once
from tests.e2e.stack import Stack, with_new_key

__all__ = ["models_read_once"]  # a fixture

_NOTE = "chaos"


def pytest_configure() -> None:
    """Make SIGTERM end the tests and the sandbox like Ctrl-C, which background processes ignore."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the notes even after success: they contain the seed that repeats the storm."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "teardown":
                for name, text in report.user_properties:
                    if name == _NOTE:
                        terminalreporter.write_line(f"{report.nodeid}: {text}")


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Iterator[list[str]]:
    """Collect notes to print at the end of the run."""
    notes = list[str]()
    yield notes
    record_property(_NOTE, "; ".join(notes))


@pytest.fixture(scope="session")
def seed() -> int:
    given = os.environ.get("FAULTLINE_SEED")
    return int(given) if given else random.SystemRandom().randrange(2**32)


@pytest.fixture(scope="session")
def sandbox(state_home: Path) -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        running = lifecycle.start(port=0)
        patch.setenv("AWS_ENDPOINT_URL", running.endpoint_url)
        try:
            yield running
        finally:
            lifecycle.stop(running.port)


@pytest.fixture(scope="session")
def stack(sandbox: Sandbox) -> Stack:
    session, settings = target.of_sandbox(sandbox).session, stage("test")
    deploy(session, settings, build(local_platform()), resolvers())
    deployed = Stack(
        session=session,
        settings=settings,
        outputs=outputs(session, settings),
        api_key=with_new_key(session, settings),
    )
    _warm_up(deployed)
    return deployed


def _warm_up(stack: Stack) -> None:
    """Start some execution environments, so that the storm meets a busy stack."""
    with ThreadPoolExecutor(4) as clients:
        tasks = list(clients.map(lambda _: stack.accepted(simulate={"latencyMs": 300}), range(12)))
        list(clients.map(stack.ended, tasks))
