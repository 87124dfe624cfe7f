"""An artifact, and its function processes."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from sandbox.services.lambda_.executor import fork_servers, launch
from sandbox.services.lambda_.executor.fork_servers import ForkServers
from sandbox.services.lambda_.executor.launch import FreshInterpreters
from sandbox.services.lambda_.executor.process import FunctionProcess
from tests.eventually import DEADLINE_SECONDS
from tests.plugins.lambda_.invoking import Start

HANDLER = """
    import os, random
    import library, pure

    IMPORTED_BY, CHANCE = os.getpid(), random.random()

    def handler(event, context):
        return {
            "handler": IMPORTED_BY, "library": library.IMPORTED_BY, "pure": pure.IMPORTED_BY,
            "pid": os.getpid(), "parent": os.getppid(), "chance": CHANCE, "cwd": os.getcwd(),
            "environment": dict(os.environ), "descriptors": sorted(os.listdir("/dev/fd")),
            "found": getattr(library, "FOUND", None),
        }
"""
IMPORTED_BY = "import os; IMPORTED_BY = os.getpid()"


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """Make an artifact with a handler and two libraries."""
    root = tmp_path / "artifact"
    (root / "library-1.dist-info").mkdir(parents=True)
    (root / "pure-1.dist-info").mkdir()
    (root / "app.py").write_text(dedent(HANDLER))
    (root / "pure.py").write_text(IMPORTED_BY)
    (root / "library.py").write_text(IMPORTED_BY)
    return root


@pytest.fixture
def servers() -> Iterator[ForkServers]:
    """Launch all processes with fork servers during a test."""
    servers = ForkServers()
    launch.launch_with(servers)
    yield servers
    launch.launch_with(FreshInterpreters())


@pytest.fixture
def start(
    artifact: Path, servers: ForkServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Start]:
    """Provide a function that starts processes with given variables.

    On a busy machine it waits for a fork, instead of starting a fresh interpreter.
    """
    monkeypatch.setenv("FAULTLINE_CACHE_DIR", str(tmp_path / "cache"))
    for limit in ("READY_SECONDS", "FORK_SECONDS"):
        monkeypatch.setattr(fork_servers, limit, float(DEADLINE_SECONDS))
    processes = list[FunctionProcess]()

    def start(*, task_root: Path = artifact, **environment: str) -> FunctionProcess:
        servers.prepare(artifact, "version")
        process = FunctionProcess(
            artifact_root=artifact,
            task_root=task_root,
            handler="app.handler",
            environment={"TMPDIR": str(tmp_path), **environment},
            memory_bytes=1 << 30,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.end()
    servers.forget("version")
