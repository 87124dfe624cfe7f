"""Forked execution environments: shared and separate state."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import psutil
import pytest

from sandbox.services.lambda_.executor import fork_servers, launch
from sandbox.services.lambda_.executor.fork_servers import ForkServers
from sandbox.services.lambda_.executor.launch import FreshInterpreters
from sandbox.services.lambda_.executor.process import FunctionProcess
from sandbox.services.lambda_.executor.runtime_api import Answer, Exited, Invocation, Ready
from tests.eventually import eventually

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

type Start = Callable[..., FunctionProcess]


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
    """Provide a function that starts processes with given variables."""
    monkeypatch.setenv("FAULTLINE_CACHE_DIR", str(tmp_path / "cache"))
    processes = list[FunctionProcess]()

    def start(**environment: str) -> FunctionProcess:
        servers.prepare(artifact, "version")
        process = FunctionProcess(
            artifact_root=artifact,
            task_root=artifact,
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


def invoke(process: FunctionProcess) -> Any:
    """Invoke the handler in a process and return its result."""
    until = time.monotonic() + 20
    assert isinstance(process.next_event(until), Ready), process.output.take()
    process.api.send(
        Invocation(request_id="1", function_arn="arn", trace_id="Root=1", event=b"{}", deadline_ms=int(2e12))
    )
    answer = process.next_event(until)
    assert isinstance(answer, Answer)
    return json.loads(answer.payload)


def is_fresh(found: Mapping[str, Any]) -> bool:
    return bool(found["parent"] == os.getpid())


def test_libraries_are_imported_once_and_the_handler_in_each_environment(start: Start) -> None:
    one, other = invoke(start()), invoke(start())

    assert one["pid"] != other["pid"]
    assert one["library"] == other["library"] == one["pure"] == one["parent"] == other["parent"]
    for found in (one, other):
        assert found["handler"] == found["pid"] != found["parent"] != os.getpid()
    assert one["chance"] != other["chance"]


def test_a_forked_process_finds_what_a_fresh_one_does(start: Start) -> None:
    """A forked process has the variables, folder and number of descriptors of a fresh one."""
    start(SECRET="another's")
    forked = invoke(start(GREETING="hello"))
    launch.launch_with(FreshInterpreters())
    fresh = invoke(start(GREETING="hello"))

    assert not is_fresh(forked)
    assert is_fresh(fresh)
    assert len(forked["descriptors"]) == len(fresh["descriptors"])
    assert forked["cwd"] == fresh["cwd"]
    for found in (forked, fresh):
        del found["environment"]["AWS_LAMBDA_RUNTIME_API"]
        found["environment"].pop("LC_CTYPE", None)  # Python itself sets it, depending on the locale
    assert forked["environment"] == fresh["environment"]
    assert forked["environment"]["GREETING"] == "hello"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("FOUND = os.environ.get('AWS_LAMBDA_FUNCTION_NAME')", "reads AWS_LAMBDA_FUNCTION_NAME"),
        ("FOUND = dict(os.environ)['AWS_LAMBDA_FUNCTION_NAME']", "KeyError"),
        ("FOUND = os.environ.copy().get('AWS_LAMBDA_FUNCTION_NAME')", "reads *"),
        ("os.environ['FROM_LIBRARY'] = 'set'", "changes FROM_LIBRARY"),
        ("import socket; kept = socket.socket()", "opens a file or a socket"),
        (
            "import threading, time; threading.Thread(target=time.sleep, args=[9], daemon=True).start()",
            "thread",
        ),
        ("if 'AWS_LAMBDA_FUNCTION_NAME' not in os.environ: raise SystemExit(3)", "SystemExit(3)"),
    ],
)
def test_a_library_that_depends_on_the_environment_is_imported_in_each(
    start: Start, artifact: Path, caplog: pytest.LogCaptureFixture, code: str, reason: str
) -> None:
    """A library that cannot be shared, such as one that reads the environment, is imported per process."""
    (artifact / "library.py").write_text(f"{IMPORTED_BY}\n{code}")

    found = invoke(start(AWS_LAMBDA_FUNCTION_NAME="mine"))

    assert found["library"] == found["pid"]
    assert found["pure"] == found["parent"] != os.getpid()
    if "FOUND" in code:
        assert found["found"] == "mine"
    if "FROM_LIBRARY" in code:
        assert found["environment"]["FROM_LIBRARY"] == "set"
    assert any(f"library: {reason}" in line or reason in line for line in caplog.messages)


def test_a_variable_that_libraries_read_makes_a_fresh_interpreter(
    start: Start, artifact: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A function gets a fresh interpreter if a variable that libraries read differs from the server's."""
    (artifact / "library.py").write_text(f"{IMPORTED_BY}\nFOUND = os.environ.get('FLAVOUR')")

    without, sweet = invoke(start()), invoke(start(FLAVOUR="sweet"))

    assert not is_fresh(without)
    assert is_fresh(sweet)
    assert sweet["found"] == "sweet"
    assert any("FLAVOUR" in line for line in caplog.messages)


def test_variables_of_the_interpreter_make_a_fresh_one(start: Start) -> None:
    assert is_fresh(invoke(start(PYTHONWARNINGS="ignore")))
    assert not is_fresh(invoke(start(PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX="/nowhere")))


def test_a_server_that_is_killed_is_replaced(start: Start) -> None:
    """A killed server is replaced, and its processes are reported as ended."""
    process = start()
    server = invoke(process)["parent"]

    os.kill(server, signal.SIGKILL)

    ended = Exited(-signal.SIGKILL)
    eventually(lambda: process.next_event(time.monotonic() + 20) == ended)
    assert not process.alive
    assert invoke(start())["pure"]
    assert invoke(start())["parent"] not in (server, os.getpid())


def test_a_library_that_kills_its_process_is_left_to_fresh_interpreters(
    start: Start, artifact: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a library has killed a server, only fresh interpreters are used."""
    tries = tmp_path / "tries"
    fatal = f"""
        import os, signal, sys
        IMPORTED_BY = os.getpid()
        if "--serve" in sys.orig_argv:
            open({str(tries)!r}, "a").write("+")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    (artifact / "library.py").write_text(dedent(fatal))

    for _ in range(2):
        assert is_fresh(invoke(start()))

    assert tries.read_text() == "+"
    assert len([line for line in caplog.messages if "ended while it imported" in line]) == 1


def test_a_server_that_is_not_ready_in_time_is_not_waited_for(
    start: Start, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow server is used only once it is ready, and abandoned requests have no effect."""
    monkeypatch.setattr(fork_servers, "READY_SECONDS", 0.2)
    ready = tmp_path / "ready"
    slow = f"""
        import os, sys, time
        while "--serve" in sys.orig_argv and not os.path.exists({str(ready)!r}):
            time.sleep(0.01)
        IMPORTED_BY = os.getpid()
    """
    (artifact / "library.py").write_text(dedent(slow))

    assert is_fresh(invoke(start()))
    ready.touch()
    found = eventually(lambda: None if is_fresh(found := invoke(start())) else found)

    server = psutil.Process(found["parent"])
    eventually(lambda: [child.pid for child in server.children()] == [found["pid"]])


def test_a_server_ends_with_its_last_function(start: Start, servers: ForkServers, artifact: Path) -> None:
    """A server ends once its functions and processes are gone."""
    process = start()
    servers.prepare(artifact, "another version")
    server = psutil.Process(invoke(process)["parent"])

    servers.forget("version")
    assert server.is_running()
    servers.forget("another version")
    assert process.alive
    process.end()

    eventually(lambda: not server.is_running())


def test_processes_that_end_leave_nothing_in_their_server(start: Start) -> None:
    """Processes leave no zombies or descriptors in their server, however they end."""
    server = psutil.Process(invoke(start())["parent"])
    descriptors = server.num_fds()
    ended, killed = start(), start()
    for process in (ended, killed):
        invoke(process)
    os.kill(killed.pid, signal.SIGKILL)
    ended.end()

    eventually(lambda: len(server.children()) == 1)
    eventually(lambda: server.num_fds() == descriptors)


def test_botocores_data_is_read_once(start: Start, artifact: Path) -> None:
    """Botocore's endpoints and the models that the code uses are read once, unlike other models."""
    code = """
        import os
        import boto3
        from botocore.loaders import create_loader

        QUEUES = boto3.client("sqs", region_name="us-east-1")

        def model(service):
            return create_loader().load_service_model(service, "service-2")

        def handler(event, context):
            return {
                "parent": os.getppid(),
                "shared": [
                    create_loader().load_data("endpoints") is create_loader().load_data("endpoints"),
                    model("sqs") is model("sqs"),
                    model("sns") is model("sns"),
                ],
                "same": model("sqs") == QUEUES.meta.service_model._service_description,
            }
    """
    (artifact / "app.py").write_text(dedent(code))

    found = invoke(start())

    assert not is_fresh(found)
    assert found["shared"] == [True, True, False]
    assert found["same"]


def test_using_a_librarys_objects_copies_little_of_its_memory(start: Start, artifact: Path) -> None:
    """Reading a library's objects leaves nearly all of their pages, 25 MB, shared with the server."""
    (artifact / "library.py").write_text("OBJECTS = [[str(n), {n: (n, n)}] for n in range(100_000)]")
    code = r"""
        import os, pathlib, re
        import library

        def private_kilobytes():
            lines = pathlib.Path("/proc/self/smaps_rollup").read_text()
            return sum(map(int, re.findall(r"Private_\w+: +(\d+) kB", lines)))

        def handler(event, context):
            before = private_kilobytes()
            for each in library.OBJECTS:
                assert [each, *each, *each[1], *each[1].values()]
            return {"parent": os.getppid(), "copied": private_kilobytes() - before}
    """
    (artifact / "app.py").write_text(dedent(code))

    found = invoke(start())

    assert not is_fresh(found)
    assert found["copied"] < 5_000
