"""The stack for all end-to-end tests, at AWS_ENDPOINT_URL or else in a sandbox of their own."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from faultline.client.authentication import API_KEY_VARIABLE
from faultline.operations import api_keys, target
from faultline.operations.api import api_key
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.outputs import outputs
from infra.deploy.packaging import build, local_platform
from infra.errors import InfraError
from infra.stages import stage
from sandbox.process import lifecycle
from sandbox.process.errors import SandboxError
from tests.botocore_models import models_read_once
from tests.e2e import alerts as alert_queue
from tests.e2e import permissions
from tests.e2e import sink as sinks
from tests.e2e.alerts import Alerts
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh

__all__ = ["models_read_once"]  # a fixture

STAGE = os.environ.get("STAGE", "test")


_started: list[int] = []
_key: list[api_keys.ApiKey] = []


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Prepare the stack before pytest-xdist starts its workers, which inherit its endpoint and key."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    try:
        if not os.environ.get("AWS_ENDPOINT_URL"):
            artifact = build(local_platform())
            sandbox = lifecycle.start(port=0)
            _started.append(sandbox.port)
            os.environ["AWS_ENDPOINT_URL"] = sandbox.endpoint_url
            deploy(target.of_sandbox(sandbox).session, stage(STAGE), artifact, resolvers())
        _get_a_key()
        _warm_up(_deployed())
    except (SandboxError, InfraError) as error:
        pytest.exit(f"no stack to test: {error}", returncode=pytest.ExitCode.INTERNAL_ERROR)


_compared: list[str] = []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After a complete and successful run, compare the functions' calls with their permissions."""
    if hasattr(session.config, "workerinput") or not _is_whole(session):
        return
    stack, endpoint = _deployed(), os.environ["AWS_ENDPOINT_URL"]
    wanted, found = permissions.declared(stack), permissions.recorded(stack, endpoint)
    if found is None:
        _compared.append(f"{endpoint} does not say what functions do: their permissions were not compared")
    elif different := permissions.differences(wanted, found):
        _compared.extend(["functions' permissions are not what they use:", *different])
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    else:
        _compared.append(f"{len(wanted)} permissions of functions compared with what they did: the same")


def _is_whole(session: pytest.Session) -> bool:
    """Return whether all end-to-end tests were selected and none failed."""
    option = session.config.option
    here = Path(__file__).parent
    return (
        any(Path(argument).resolve() in (here, *here.parents) for argument in session.config.args)
        and not (option.keyword or option.markexpr or option.deselect or option.collectonly)
        and session.testscollected > 0
        and session.testsfailed == 0
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _compared:
        terminalreporter.write_line(line)


def pytest_unconfigure() -> None:
    """Stop our sandbox, or revoke our key to another stack, even if no session began."""
    if _key and not _started:
        api_keys.revoke(target.find(lifecycle.DEFAULT_PORT).session, stage(STAGE), _key[0].name)
    for port in _started:
        lifecycle.stop(port)


def _get_a_key() -> None:
    """Put a new API key, if the stage requires one, into the environment for commands and workers."""
    if stage(STAGE).authentication == "api-key":
        session = target.find(lifecycle.DEFAULT_PORT).session
        _key.append(api_keys.create(session, stage(STAGE), fresh("e2e")))
        os.environ[API_KEY_VARIABLE] = str(_key[0].value)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the fuzz tests unless they are asked for, because their load would disturb the others."""
    fuzz = Path(__file__).parent / "fuzz"
    asked = any(Path(argument.partition("::")[0]).resolve().is_relative_to(fuzz) for argument in config.args)
    return True if collection_path == fuzz and not asked else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest test, and end with those that need the stack to themselves.

    The longest test takes a minute, and those at the end wait for all others. pytest-xdist gives each process
    two tests at once, so the second one is taken from the end.
    """
    alone = [item for item in items if item.get_closest_marker("alone")]
    others = [item for item in items if item not in alone]
    others.sort(
        key=lambda item: ("test_verify.py", "test_operations.py", item.path.name).index(item.path.name)
    )
    items[:] = [*others[:1], *alone[:1], *others[1:], *alone[1:]]
    for item in alone:
        # Waiting for their turn may take long, and is not a hang.
        item.add_marker(pytest.mark.timeout(func_only=True))


class Room:
    """A test's permission to use the stack; see `room`."""

    def __init__(self, lock: IO[str]) -> None:
        self._lock = lock

    def leave(self) -> None:
        """Release the stack to other tests before the end of this one, which only waits from now on."""
        fcntl.flock(self._lock, fcntl.LOCK_UN)


@pytest.fixture(autouse=True)
def room(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Room]:
    """Let tests run side by side, except for those marked `alone`.

    A function that crashes or hangs takes the other messages of its batch with it, on AWS too, and a load
    test delays all tasks. Neither may happen while another test measures a delay.
    """
    name = urlsplit(stack.api.url).netloc.replace(":", "-")
    with Path(tempfile.gettempdir(), f"faultline-e2e-{name}.lock").open("w") as lock:
        alone = request.node.get_closest_marker("alone")
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield Room(lock)


@pytest.fixture(scope="session")
def stack() -> Stack:
    if not os.environ.get("AWS_ENDPOINT_URL"):
        pytest.fail("run these as `pytest tests/e2e`, which starts a sandbox, or set AWS_ENDPOINT_URL")
    return _deployed()


def _deployed() -> Stack:
    session, settings = target.find(lifecycle.DEFAULT_PORT).session, stage(STAGE)
    return Stack(
        session=session,
        settings=settings,
        outputs=outputs(session, settings),
        api_key=api_key(settings),
    )


def _warm_up(stack: Stack) -> None:
    """Start execution environments, and let the concurrency of the event source mapping grow.

    A dozen cold starts at once, on a laptop's two cores, would take longer than the delays to be measured.
    """
    _release_from_now_on(stack)
    with ThreadPoolExecutor(6) as clients:
        tasks = list(clients.map(lambda _: stack.accepted(simulate={"latencyMs": 300}), range(24)))
        list(clients.map(stack.ended, tasks))


def _release_from_now_on(stack: Stack) -> None:
    """Start a run of release_tasks, whose schedule begins only a minute after the deployment."""
    stack.session.client("lambda").invoke(
        FunctionName=stack.settings.live_function("release_tasks"),
        InvocationType="Event",
        Payload=json.dumps({"forSeconds": stack.settings.release_loop_seconds}),
    )


@pytest.fixture(scope="session")
def alerts(stack: Stack) -> Iterator[Alerts]:
    with alert_queue.subscribed(stack) as received:
        yield received


@pytest.fixture
def sink() -> Iterator[Sink]:
    with sinks.running() as running:
        yield running


@pytest.fixture
def another_sink() -> Iterator[Sink]:
    with sinks.running() as running:
        yield running
