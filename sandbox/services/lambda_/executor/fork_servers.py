"""Forking of execution environments from processes that have imported their artifact's libraries.

A fresh interpreter imports 60 MB of libraries for each environment: 0.5 s of processor time and 50 MB of
memory. Here one process per artifact imports them (`runtime.fork_server`), and environments share its memory.
The first environment starts this process and waits for it, as do environments that start in the meantime. The
wait is as long as the start of a single fresh interpreter, and several of these would take longer. The
process is not started earlier, since it uses 60 MB, and functions may never be invoked.

An environment gets a fresh interpreter instead if a variable of its function changes the effect of importing
a library, or if the server fails or is not ready in time.
"""

import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.services.lambda_.executor.artifact import runtime_root
from sandbox.services.lambda_.executor.environment import function_environment
from sandbox.services.lambda_.executor.guardian import guardian
from sandbox.services.lambda_.executor.launch import Child, FreshInterpreters, Launch, spawn

LOG = logging.getLogger(__name__)

READY_SECONDS = 10.0
"""Time limit of the imports, the same as that of AWS's init phase."""

FORK_SECONDS = 5.0
"""Time limit of a fork by a server that has forked before."""

LEFT_OUT = ("aws_xray_sdk",)
"""Libraries known to read environment variables on import. Others are detected."""

MESSAGE_BYTES = 1024


class ForkServers:
    """Launcher with a fork server for each artifact that functions use."""

    def __init__(self) -> None:
        self._fresh = FreshInterpreters()
        self._lock = threading.Lock()
        self._artifacts: dict[str, Path] = {}
        self._servers: dict[Path, ForkServer] = {}

    def prepare(self, artifact_root: Path, version: str) -> None:
        """Create an artifact's fork server, which starts at the first fork, unless there is one."""
        with self._lock:
            self._artifacts[version] = artifact_root
            if artifact_root not in self._servers:
                self._servers[artifact_root] = ForkServer(artifact_root)

    def forget(self, version: str) -> None:
        """Close the version's fork server if no other uses it. The server ends after its processes."""
        with self._lock:
            artifact_root = self._artifacts.pop(version, None)
            if artifact_root is None or artifact_root in self._artifacts.values():
                return
            server = self._servers.pop(artifact_root)
        server.close()

    def start(self, launch: Launch) -> Child:
        """Fork a process, or start a fresh interpreter if that fails.

        Raises:
            OSError: The machine cannot run another process.
        """
        with self._lock:
            server = self._servers.get(launch.artifact_root)
        return (server and server.fork(launch)) or self._fresh.start(launch)


class ForkServer:
    """The fork server of one artifact, restarted if it ends after its imports. Thread-safe."""

    def __init__(self, artifact_root: Path) -> None:
        self._artifact_root = artifact_root
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._is_usable = True
        self._left_out = list(LEFT_OUT)
        self._told = set[str]()

    def fork(self, launch: Launch) -> Child | None:
        """Fork a process; log the reason and return None if that fails."""
        server = self._run()
        if not server:
            return None
        try:
            child = server.fork(launch)
        except _Refused as refusal:
            self._tell(str(refusal))
            return None
        except _Gone:
            self._forget(server)
            return None
        for note in server.notes():
            self._note(note)
        return child

    def close(self) -> None:
        """Refuse further forks. The server ends after its processes."""
        with self._lock:
            self._is_usable = False
            if self._running:
                self._running.close()

    def _run(self) -> "_Running | None":
        with self._lock:
            if self._is_usable and not self._running:
                try:
                    self._running = _Running(self._artifact_root, self._left_out)
                except OSError as error:
                    self._tell(str(error))
            return self._running if self._is_usable else None

    def _forget(self, server: "_Running") -> None:
        """Let the next order start another server, unless this one failed during its imports."""
        notes = server.notes()
        with self._lock:
            if self._running is server:
                self._running = None
                self._is_usable &= server.has_forked
        for note in notes:
            self._note(note)
        self._tell("it has ended" if server.has_forked else "it ended while it imported the libraries")

    def _note(self, note: str) -> None:
        self._left_out.append(note.partition(":")[0])
        LOG.warning("Each environment of %s imports a library for itself. %s", self._artifact_root.name, note)

    def _tell(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            LOG.warning(
                "A function of %s starts as a fresh interpreter, not from the fork server: %s",
                *(self._artifact_root.name, reason),
            )


class _Refused(Exception):
    """The server refuses an order."""


class _Gone(Exception):
    """The server has ended."""


class _Running:
    """A server's process and the socket for its orders."""

    def __init__(self, artifact_root: Path, left_out: Sequence[str]) -> None:
        self.has_forked = False
        self._begun = time.monotonic()
        # The variables that all environments have in common.
        environment = function_environment(
            {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"},
            {},
            task_root=artifact_root,
            runtime_root=runtime_root(),
            scratch=Path(),
        )
        del environment["TMPDIR"]
        self._requests, theirs = _sockets()
        with theirs, Path(os.devnull).open("wb") as nowhere:
            try:
                self._popen = spawn(
                    artifact_root,
                    ("--serve", str(theirs.fileno()), *left_out),
                    environment=environment,
                    output=nowhere.fileno(),
                    kept=(theirs.fileno(),),
                )
            except OSError:
                self._requests.close()
                raise
        guardian().watch(self._popen.pid)
        threading.Thread(target=self._wait, name="fork-server-waiter", daemon=True).start()

    def fork(self, launch: Launch) -> "_Forked":
        """Fork a process.

        Raises:
            _Refused: The server refuses, or is not ready in time.
            _Gone: The server has ended.
        """
        born = time.monotonic()
        patience = FORK_SECONDS if self.has_forked else max(self._begun + READY_SECONDS - born, 0.01)
        order = {
            "task_root": str(launch.task_root),
            "handler": launch.handler,
            "environment": dict(launch.environment),
        }
        control, theirs = _sockets()
        try:
            with theirs:
                self._send(json.dumps(order).encode(), [theirs.fileno(), launch.output_fd])
            pid = _receive_pid(control, patience)
        except (_Gone, _Refused):
            control.close()
            raise
        self.has_forked = True
        return _Forked(pid, control, born)

    def _send(self, order: bytes, descriptors: list[int]) -> None:
        try:
            # Orders wait while the server imports. If the socket is full, an interpreter is started instead.
            socket.send_fds(self._requests, [order], descriptors, socket.MSG_DONTWAIT)
        except ConnectionError as error:
            raise _Gone from error
        except OSError as error:
            raise _Refused(str(error)) from error

    def notes(self) -> list[str]:
        """Return the server's messages since the last call: libraries that it leaves out, and why."""
        found = []
        with suppress(OSError):
            while note := self._requests.recv(MESSAGE_BYTES, socket.MSG_DONTWAIT):
                found.append(note.decode())
        return found

    def close(self) -> None:
        """Send no more orders; the server ends after its processes."""
        self._requests.close()

    def _wait(self) -> None:
        os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOWAIT)
        guardian().forget(self._popen.pid)
        self._popen.wait()


class _Forked:
    """A child of the server, represented by its control socket."""

    def __init__(self, pid: int, control: socket.socket, born: float) -> None:
        self.pid = pid
        self.born = born
        self._control = control
        self._lock = threading.Lock()
        self._status = -signal.SIGKILL

    def is_running(self) -> bool:
        with self._lock:
            try:
                self._control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return True
            except OSError:  # it was reaped
                return False
        return False

    def wait(self) -> None:
        with suppress(ConnectionError):
            # Without a status, the server has ended, and the kernel kills its children.
            if status := self._control.recv(MESSAGE_BYTES):
                self._status = int(status)

    def reap(self) -> int:
        with self._lock:
            self._control.close()
        return self._status


def _sockets() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _receive_pid(control: socket.socket, patience: float) -> int:
    """Return the id of the forked process, or raise _Refused or _Gone."""
    control.settimeout(patience)
    try:
        answer = control.recv(MESSAGE_BYTES)
    except TimeoutError:
        # From here on a new process cannot send its id, and ends. One that has just done so is killed: it
        # must not request invocations alongside the process that is started instead.
        control.shutdown(socket.SHUT_RD)
        with suppress(ValueError, ProcessLookupError):
            os.kill(int(control.recv(MESSAGE_BYTES)), signal.SIGKILL)
        raise _Refused("it was not ready in time") from None
    except ConnectionError as error:
        raise _Gone from error
    control.settimeout(None)
    if not answer:
        raise _Gone
    if not answer.isdigit():
        raise _Refused(answer.decode())
    return int(answer)
