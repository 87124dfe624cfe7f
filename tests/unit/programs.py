"""Python programs in processes of their own, without starting an interpreter for each."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.terminal import Terminal, opened

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """A program's exit status, as in `subprocess`, and its output."""

    returncode: int
    stdout: str
    stderr: str


class Programs:
    """A runner of one program after another."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self._printed = (folder / "stdout", folder / "stderr")

    def run(self, code: str, environment: Mapping[str, str], folder: Path = ROOT) -> Ended:
        """Run a program to its end like `python -c`, with the libraries in `fork_server` imported.

        Args:
            code: The program.
            environment: The complete environment.
            folder: The working directory, from which it imports.
        """
        for path in self._printed:
            path.write_bytes(b"")
        stdout, stderr = map(str, self._printed)
        self._start(code, environment, folder, stdout=stdout, stderr=stderr)
        status = self._next_number()
        return Ended(status, *(path.read_text() for path in self._printed))

    @contextmanager
    def in_terminal(
        self, code: str, environment: Mapping[str, str], folder: Path = ROOT
    ) -> Iterator[Terminal]:
        """Run a program in a terminal until the end of the block; see `run`."""

        def start(screen: int) -> _Forked:
            name = os.ttyname(screen)
            self._start(code, environment, folder, terminal=name, stdout=name, stderr=name)
            return _Forked(self._next_number(), self._next_number)

        with opened(start) as terminal:
            yield terminal

    def _start(
        self,
        code: str,
        environment: Mapping[str, str],
        folder: Path,
        *,
        stdout: str,
        stderr: str,
        terminal: str = "",
    ) -> None:
        program = {
            "code": code,
            "environment": json.dumps(dict(environment)),
            "folder": str(folder),
            "terminal": terminal,
            "stdout": stdout,
            "stderr": stderr,
        }
        assert self._server.stdin
        self._server.stdin.write(json.dumps(program) + "\n")
        self._server.stdin.flush()

    def _next_number(self) -> int:
        assert self._server.stdout
        return int(self._server.stdout.readline())


class _Forked:
    """A program in a terminal, whose server waits for its end."""

    def __init__(self, pid: int, read_status: Callable[[], int]) -> None:
        self.pid = pid
        self._read_status = read_status
        self._status: int | None = None

    def poll(self) -> int | None:
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; the server has a time limit of its own."""
        if self._status is None:
            self._status = self._read_status()
        return self._status

    def kill(self) -> None:
        with suppress(ProcessLookupError):  # it has ended, although nobody has asked for its status
            os.kill(self.pid, signal.SIGKILL)


@contextmanager
def served(folder: Path) -> Iterator[Programs]:
    """Run the forking server until the end of the block."""
    command = [sys.executable, "-m", "tests.unit.fork_server"]
    # Variables for bytecode, colours or buffers are meant for the test run itself.
    environment = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield Programs(server, folder)
