"""Python programs in processes of their own, without starting an interpreter for each."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
        program = {
            "code": code,
            "environment": json.dumps(dict(environment)),
            "folder": str(folder),
            "stdout": stdout,
            "stderr": stderr,
        }
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(program) + "\n")
        self._server.stdin.flush()
        status = int(self._server.stdout.readline())
        return Ended(status, *(path.read_text() for path in self._printed))


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
