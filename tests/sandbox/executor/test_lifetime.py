"""That no process of a function outlives LocalStack, however LocalStack ends."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.sandbox.executor.localstack import LocalStack, running

# Two processes: its own, and one that it starts. It writes where the test can see.
PARENT = """
    import os, subprocess
    child = subprocess.Popen(["/bin/sleep", "600"])

    def handler(event, context):
        return [os.getpid(), child.pid, os.environ["TMPDIR"]]
"""


@pytest.mark.parametrize(
    "end",
    [
        lambda process: os.kill(process, signal.SIGKILL),
        lambda process: os.kill(process, signal.SIGTERM),
    ],
    ids=["kill -9", "shutdown"],
)
def test_functions_end_with_localstack(tmp_path: Path, end: Callable[[int], None]) -> None:
    """Function processes, what they started, and their files are gone soon after LocalStack is."""
    localstack = LocalStack(tmp_path / "localstack")
    try:
        localstack.wait()
        name = localstack.deploy(PARENT)
        function, child, folder = localstack.invoke(name).payload
        assert running(function)
        assert running(child)

        end(localstack.process.pid)

        eventually(lambda: not running(function) and not running(child))
        # Where it was asked to shut down: it may hang after "Completed, bye!", in a service that
        # it loaded meanwhile.
        localstack.kill()
        eventually(lambda: not Path(folder).parent.exists())
    finally:
        localstack.kill()
