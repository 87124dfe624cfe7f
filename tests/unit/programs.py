"""Python programs in processes of their own, without an interpreter that starts for each."""

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
    """A program's exit status, as `subprocess` has it, and all that it printed."""

    returncode: int
    stdout: str
    stderr: str


class Programs:
    """Runs one program after another."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self._printed = (folder / "stdout", folder / "stderr")

    def run(self, code: str, environment: Mapping[str, str], folder: Path = ROOT) -> Ended:
        """Run a program to its end as `python -c` does, with the libraries in `fork_server` imported.

        Args:
            code: The program.
            environment: All of its environment.
            folder: The folder that it runs in and imports from.
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
    """Start the server that forks, and end it."""
    command = [sys.executable, "-m", "tests.unit.fork_server"]
    # What the environment says of bytecode, colours or buffers is for those who run the tests.
    environment = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield Programs(server, folder)
