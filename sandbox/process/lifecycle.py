"""Starting, finding, awaiting and stopping a sandbox.

A sandbox is one LocalStack process on one port; several can run side by side, each with its own state. It is
detached: it outlives the process that starts it, and runs until `stop`.
"""

import http.client
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from sandbox.process import installation, launch, paths, ports, service_index, state_file
from sandbox.process.errors import (
    AlreadyRunning,
    PortInUse,
    SandboxEnded,
    SandboxStopped,
    StartFailed,
    StateUnusable,
)
from sandbox.process.state_file import Sandbox

DEFAULT_PORT = 4566


def start(port: int = DEFAULT_PORT, timeout: float = 60, *, live: Path | None = None) -> Sandbox:
    """Start LocalStack, and return when it is ready.

    Files of an earlier sandbox on the port are deleted, except its log. An error or interrupt in this
    function also ends LocalStack.

    Args:
        port: The port; 0 for a free one.
        timeout: Seconds that LocalStack has to become ready.
        live: A package that functions run from disk; each invocation uses its current state.

    Raises:
        AlreadyRunning: A sandbox of this user is running on the port.
        EnvironmentMissing: LocalStack is not installed.
        InstallationFailed: LocalStack could not be installed on first use.
        PortInUse: Another program listens on the port.
        PortUnusable: The port cannot be used.
        StartFailed: LocalStack ended, or was not ready in time.
        StateUnusable: The sandbox's folder cannot be written.
    """
    port = port or ports.free()
    if launch.is_to_be_installed():
        installation.make()
    with state_file.locked(port) as folder:
        if earlier := state_file.read(port):
            if state_file.process_of(earlier):
                raise AlreadyRunning(port, earlier.pid)
            _end(earlier.identity)  # processes left over from a killed sandbox
            state_file.forget(port)
        # An earlier record is left over from a sandbox that was killed, perhaps a moment ago.
        patience = ports.AFTER_A_KILL_SECONDS if earlier else ports.PATIENCE_SECONDS
        if owner := ports.owner(port, patience):
            raise PortInUse(port, owner)
        identity = uuid.uuid4().hex
        try:
            volume = _fresh_volume(folder)
            environment = launch.environment(port, identity, volume, paths.cache_dir(), live=live)
            service_index.provide(volume, paths.cache_dir(), environment)
            process = _launch(state_file.log_file(port), environment)
            sandbox = Sandbox(port=port, pid=process.pid, identity=identity)
            state_file.write(sandbox)
            _wait_until_ready(sandbox, process, timeout)
        except BaseException as error:
            _end(identity)
            state_file.forget(port)
            if isinstance(error, OSError):
                raise StateUnusable(folder, error) from error
            raise
        return sandbox


def find(port: int = DEFAULT_PORT) -> Sandbox | None:
    """Return this user's sandbox on `port`, which may still be starting, or None."""
    sandbox = state_file.read(port)
    return sandbox if sandbox and state_file.process_of(sandbox) else None


def wait(sandbox: Sandbox) -> None:
    """Wait until the sandbox has ended."""
    if process := state_file.process_of(sandbox):
        process.wait()


def was_stopped(sandbox: Sandbox) -> bool:
    """Return whether `stop` has ended the sandbox, which otherwise leaves its record behind."""
    with state_file.locked(sandbox.port):
        return state_file.read(sandbox.port) != sandbox


def check(sandbox: Sandbox) -> None:
    """Raise an error if the sandbox is gone, which explains why calls to it fail.

    Raises:
        SandboxEnded: LocalStack has ended by itself, or was killed.
        SandboxStopped: `stop` has ended it.
    """
    if was_stopped(sandbox):
        raise SandboxStopped(sandbox.port)
    if ports.refuses(sandbox.port):
        raise SandboxEnded(sandbox.log_file)


def stop(port: int = DEFAULT_PORT, timeout: float = 15, *, only: Sandbox | None = None) -> bool:
    """End the sandbox on `port` with all of its processes, and return whether there was one.

    Args:
        port: The port.
        timeout: Seconds after which a sandbox that has not ended is killed.
        only: The sandbox to end. Another one, which was started on the port since, is left alone.

    Raises:
        StateUnusable: The sandbox's folder cannot be written.
    """
    if not state_file.read(port):
        return False
    with state_file.locked(port):
        sandbox = state_file.read(port)
        if not sandbox or (only and only != sandbox):
            return False
        process = state_file.process_of(sandbox)
        _end(sandbox.identity, process, timeout)
        state_file.forget(port)
        return process is not None


def _end(identity: str, leader: psutil.Process | None = None, grace: float = 0) -> None:
    """Kill the processes with the identity and their descendants. The leader has `grace` seconds to end."""
    members = state_file.family(identity)
    if leader:
        with suppress(psutil.NoSuchProcess):
            leader.terminate()
        psutil.wait_procs([leader], grace)
    _kill(state_file.bearers(identity))
    # Functions end with LocalStack, and their files are removed (lambda_.executor.guardian): wait for that.
    _, remaining = psutil.wait_procs(members, timeout=2)
    _kill(remaining)


def _kill(processes: Iterable[psutil.Process]) -> None:
    processes = list(processes)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


def _fresh_volume(folder: Path) -> Path:
    """Return an empty volume, deleting the files of the previous run except its log, which is renamed."""
    log = folder / "localstack.log"
    if log.exists():
        log.replace(folder / "localstack.previous.log")
    volume = folder / "volume"
    if volume.exists():
        shutil.rmtree(volume)
    for path in (volume / "home", volume / "tmp", paths.cache_dir()):
        path.mkdir(parents=True, exist_ok=True)
    return volume


def _launch(log_file: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            launch.command(),
            env=environment,
            cwd=log_file.parent,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in this terminal must not reach it
        )
    _launched.append(process)
    return process


_launched: list[subprocess.Popen[bytes]] = []
"""References to child processes, since Python warns when a Popen is collected while its process runs."""


def _wait_until_ready(sandbox: Sandbox, process: subprocess.Popen[bytes], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not _answers(sandbox):
        if (status := process.poll()) is not None:
            raise StartFailed(f"it ended with status {status}: {_last_line(sandbox)}", sandbox.log_file)
        if time.monotonic() > deadline:
            raise StartFailed(f"not ready after {timeout:g} s: {_last_line(sandbox)}", sandbox.log_file)
        time.sleep(0.05)


def _answers(sandbox: Sandbox) -> bool:
    connection = http.client.HTTPConnection(launch.HOST, sandbox.port, timeout=5)
    try:
        connection.request("GET", "/_localstack/health")
        healthy = connection.getresponse().status == http.HTTPStatus.OK
        return healthy and ports.listens(psutil.Process(sandbox.pid), sandbox.port)
    except (OSError, http.client.HTTPException, psutil.Error):
        return False
    finally:
        connection.close()


def _last_line(sandbox: Sandbox) -> str:
    lines = sandbox.log_file.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "its log is empty")
