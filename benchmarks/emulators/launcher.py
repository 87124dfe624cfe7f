"""Launcher of other emulators, which `lifecycle` then finds and stops like a sandbox."""

import http.client
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.errors import EmulatorUnavailable
from sandbox.process import lifecycle, ports, state_file
from sandbox.process.errors import PortInUse
from sandbox.process.launch import HOST
from sandbox.process.state_file import Sandbox

Environment = Callable[[str, Path], dict[str, str]]
"""A function that returns the process's environment, given its `launch.IDENTITY` and a folder for it."""

_started: list[subprocess.Popen[bytes]] = []
"""References, since Python warns when a Popen is collected while its process runs."""


def launch(
    *, title: str, command: list[str], environment: Environment, port: int, health: str, timeout: float = 60
) -> Sandbox:
    """Start an emulator and return when it is ready. If this fails, no process is left.

    Args:
        title: The emulator's name, for error messages.
        command: The command and its arguments.
        environment: Returns the process's environment variables.
        port: The port on 127.0.0.1 that it will listen on.
        health: A path that responds with 200 once it is ready.
        timeout: Seconds within which it must be ready.

    Raises:
        EmulatorUnavailable: If the command cannot be started, ends, or is not ready in time.
        PortInUse: If the port is taken.
        SandboxError: If another process is starting an emulator on the port.
    """
    try:
        with state_file.locked(port) as folder:
            if owner := ports.owner(port):
                raise PortInUse(port, owner)
            identity = uuid.uuid4().hex
            process = _start(
                command, environment(identity, _fresh_volume(folder)), folder, state_file.log_file(port)
            )
            running = Sandbox(port=port, pid=process.pid, identity=identity)
            _remember(running, process)
    except OSError as error:
        raise EmulatorUnavailable(title, str(error)) from error
    try:
        _wait_until_ready(title, running, process, health, timeout)
    except BaseException:
        lifecycle.stop(port, timeout=0)
        raise
    return running


def _start(
    command: list[str], environment: dict[str, str], folder: Path, log_file: Path
) -> subprocess.Popen[bytes]:
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # A Ctrl-C in this terminal must not reach it.
        )
    _started.append(process)
    return process


def _remember(running: Sandbox, process: subprocess.Popen[bytes]) -> None:
    try:
        state_file.write(running)
    except BaseException:
        process.kill()
        raise


def _fresh_volume(folder: Path) -> Path:
    volume = folder / "volume"
    if volume.exists():
        shutil.rmtree(volume)
    for path in (volume / "home", volume / "tmp"):
        path.mkdir(parents=True)
    return volume


def _wait_until_ready(
    title: str, running: Sandbox, process: subprocess.Popen[bytes], health: str, timeout: float
) -> None:
    deadline = time.monotonic() + timeout
    while not _answers(running.port, health):
        if (status := process.poll()) is not None:
            raise EmulatorUnavailable(title, f"it ended with status {status} (log: {running.log_file})")
        if time.monotonic() > deadline:
            raise EmulatorUnavailable(title, f"not ready after {timeout:g} s (log: {running.log_file})")
        time.sleep(0.05)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    return False
