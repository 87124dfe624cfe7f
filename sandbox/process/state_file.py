"""The record of the sandbox on a port, and the file in which it is stored."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.process import launch, paths
from sandbox.process.errors import StateUnusable


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A LocalStack process that was started on this machine and may have ended since."""

    port: int
    pid: int
    identity: str

    @property
    def endpoint_url(self) -> str:
        """The URL of all AWS services in the sandbox."""
        return f"http://{launch.HOST}:{self.port}"

    @property
    def state_dir(self) -> Path:
        """The folder of the sandbox's state."""
        return paths.state_dir(self.port)

    @property
    def log_file(self) -> Path:
        """The file with LocalStack's log."""
        return log_file(self.port)


def log_file(port: int) -> Path:
    """Return the path of LocalStack's log for the sandbox on `port`."""
    return paths.state_dir(port) / "localstack.log"


def process_of(sandbox: Sandbox) -> psutil.Process | None:
    """Return the sandbox's process, or None if it has ended or another process has its id."""
    try:
        process = psutil.Process(sandbox.pid)
    except psutil.NoSuchProcess:
        return None
    return process if _identity(process) == sandbox.identity else None


def bearers(identity: str) -> set[psutil.Process]:
    """Return the sandbox's process and those that inherited its environment."""
    return {process for process in psutil.process_iter() if _identity(process) == identity}


def family(identity: str) -> set[psutil.Process]:
    """Return the processes with the identity and all of their descendants."""
    members = bearers(identity)
    for member in tuple(members):
        with suppress(psutil.NoSuchProcess):
            members.update(member.children(recursive=True))
    return members


def _identity(process: psutil.Process) -> str | None:
    # The start time would not identify the process: psutil computes it from the clock, and a clock may jump.
    try:
        return process.environ().get(launch.IDENTITY)
    except (psutil.Error, OSError):  # gone, a zombie, or another user's
        return None


def read(port: int) -> Sandbox | None:
    """Return the last record for the port, or None if there is no readable one."""
    try:
        recorded = json.loads(_file(port).read_text())
        return Sandbox(port=port, pid=int(recorded["pid"]), identity=str(recorded["identity"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(sandbox: Sandbox) -> None:
    """Record a sandbox.

    Raises:
        OSError: The record cannot be written.
    """
    file = _file(sandbox.port)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"pid": sandbox.pid, "identity": sandbox.identity}))
    new.replace(file)


def forget(port: int) -> None:
    """Delete the record of a sandbox, if there is one."""
    _file(port).unlink(missing_ok=True)


@contextmanager
def locked(port: int) -> Iterator[Path]:
    """Yield the port's state folder to one process at a time; others wait.

    Raises:
        StateUnusable: The folder cannot be written.
    """
    folder = paths.state_dir(port)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateUnusable(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(lock)


def _file(port: int) -> Path:
    return paths.state_dir(port) / "sandbox.json"
