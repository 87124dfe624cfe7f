"""Forked execution environments: shared and separate state."""

import os
import signal
import time
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

from sandbox.services.lambda_.executor import fork_servers, launch
from sandbox.services.lambda_.executor.fork_servers import ForkServers
from sandbox.services.lambda_.executor.launch import FreshInterpreters
from sandbox.services.lambda_.executor.runtime_api import Exited
from tests.eventually import eventually
from tests.plugins.lambda_.conftest import IMPORTED_BY
from tests.plugins.lambda_.invoking import Start, invoke, is_fresh


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
