"""The console in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.eventually import eventually

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ConsoleProcess:
    """A running console.

    Attributes:
        address: The URL with the token.
        log: The file with its standard error.
        pid: The id of its process.
    """

    address: str
    log: Path
    pid: int

    @property
    def base(self) -> str:
        """The URL without the token, as shown by the browser after the login."""
        return self.address.partition("/?")[0]

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])


@contextmanager
def serving(endpoint_url: str, log: Path, *options: str) -> Iterator[ConsoleProcess]:
    """Run the console of the stack at `endpoint_url`, on a free port, until the block ends."""
    command = [sys.executable, "-m", "faultline.cli.main", "console", "--port", "0", *options]
    # Far from UTC, in which the console shows all times.
    environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint_url, "TZ": "Asia/Tokyo"}
    environment.pop("PYTEST_CURRENT_TEST", None)  # NiceGUI behaves differently within tests
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=output, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found, f"{line!r} {log.read_text()}"
            console = ConsoleProcess(address=found[0], log=log, pid=process.pid)
            eventually(lambda: _answers(console), what="the console answers")
            yield console
        finally:
            process.kill()  # it has no state to save


def _answers(console: ConsoleProcess) -> bool:
    try:
        return requests.get(console.base, timeout=5).status_code == 401
    except (requests.ConnectionError, requests.Timeout):  # it listens before it can serve
        return False
