"""Start of an execution environment's process, by default as a fresh interpreter."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.services.lambda_.executor.artifact import runtime_root, sdk_root
from sandbox.services.lambda_.executor.compiled_folder import INTERPRETER

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")

# The kernel sends the parent-death signal when the *thread* that spawned a process ends, and the threads from
# which LocalStack invokes are short-lived. This one is permanent.
_SPAWNER = ThreadPoolExecutor(1, thread_name_prefix="function-spawner")


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A process to start.

    Attributes:
        artifact_root: The folder of the function's artifact.
        task_root: The folder that the function is imported from: the artifact's, or one that replaces a part
            of it.
        handler: The function, as `module.name`.
        environment: All of the process's environment variables.
        output_fd: The descriptor for its output.
    """

    artifact_root: Path
    task_root: Path
    handler: str
    environment: Mapping[str, str]
    output_fd: int


class Child(Protocol):
    """A started process that leads its own session and process group.

    Attributes:
        pid: The process id, which is not reused before `reap`.
        born: The time at which the start began, on the monotonic clock.
    """

    @property
    def pid(self) -> int:
        """The process id."""

    @property
    def born(self) -> float:
        """The start of the process, on the monotonic clock."""

    def is_running(self) -> bool:
        """Return whether the process is still running."""

    def wait(self) -> None:
        """Wait until the process has ended."""

    def reap(self) -> int:
        """Return the status of an ended process as `subprocess` reports it. Call this once."""


class Launcher(Protocol):
    """Interface for starting function processes. Thread-safe."""

    def prepare(self, artifact_root: Path, version: str) -> None:
        """Prepare to start processes of a function's version, which run this artifact."""

    def forget(self, version: str) -> None:
        """Undo `prepare` for a function's version that will start no more processes."""

    def start(self, launch: Launch) -> Child:
        """Start a process.

        Raises:
            OSError: The machine cannot run another process.
        """


class FreshInterpreters:
    """A fresh interpreter for each process, on any system."""

    def prepare(self, artifact_root: Path, version: str) -> None:
        """Do nothing: an interpreter needs no preparation."""

    def forget(self, version: str) -> None:
        """Do nothing: there is nothing to release."""

    def start(self, launch: Launch) -> Child:
        """Start an interpreter that imports the handler."""
        born = time.monotonic()
        popen = spawn(
            launch.task_root,
            (launch.handler,),
            environment=launch.environment,
            output=launch.output_fd,
            kept=(launch.output_fd,),
        )
        return _Spawned(popen, born)


def spawn(
    task_root: Path,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    output: int,
    kept: Sequence[int],
) -> "subprocess.Popen[bytes]":
    """Run bootstrap.py in a session of its own, as a process that ends with LocalStack.

    Args:
        task_root: The working directory, from which the process also imports.
        arguments: The last arguments of bootstrap.py.
        environment: All of the process's environment variables.
        output: A descriptor for the process's output.
        kept: The descriptors that stay open in the process.
    """
    files = (_BOOTSTRAP, str(os.getpid()), task_root, runtime_root(), sdk_root())
    return _SPAWNER.submit(
        subprocess.Popen,
        # -S, -s: no site-packages. -P: not the sandbox's folder. utf8: en_US may be missing.
        (INTERPRETER, "-S", "-s", "-P", "-X", "utf8", *files, *arguments),
        env=dict(environment),
        cwd=task_root,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=kept,
        start_new_session=True,
    ).result()


class _Spawned:
    """A child of LocalStack."""

    def __init__(self, popen: "subprocess.Popen[bytes]", born: float) -> None:
        self.pid = popen.pid
        self.born = born
        self._popen = popen

    def is_running(self) -> bool:
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    def wait(self) -> None:
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

    def reap(self) -> int:
        return self._popen.wait()


_launcher: Launcher = FreshInterpreters()


def launcher() -> Launcher:
    """Return the launcher of all processes."""
    return _launcher


def launch_with(chosen: Launcher) -> None:
    """Start processes with another launcher from now on (`sandbox.speed.forking`)."""
    global _launcher
    _launcher = chosen
