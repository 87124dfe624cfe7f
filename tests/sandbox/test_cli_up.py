"""`faultline up` from a shell, and its one-line errors."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from faultline.cli.main import main
from sandbox.process import launch, lifecycle
from sandbox.process.state_file import Sandbox
from tests.eventually import DEADLINE_SECONDS, eventually
from tests.sandbox.person import ROOT, Person, console_of, has_a_key, person, until_deployed

__all__ = ["person"]  # fixtures


def test_a_checkout_without_localstack_says_how_to_install_it(person: Person, tmp_path: Path) -> None:
    """`up` fails with one line of advice if scripts/setup has not been run."""
    person.checkout = copied(tmp_path)
    del person.environment[launch.INTERPRETER_VARIABLE]
    status, _, err = person.types("up", "--detach", "--port", person.port)
    assert status == 1
    assert err.splitlines()[-1].endswith("/checkout/.sandbox-venv/bin/python; to install it: scripts/setup")


def test_what_is_saved_runs_without_a_deployment(person: Person, tmp_path: Path) -> None:
    """With `up --reload`, the next task is processed by the saved source of its kind.

    `up --detach | head -1`, a pipe that closes, leaves a deployed sandbox. The console has an API key of its
    own, and ends when LocalStack is killed.
    """
    person.checkout = copied(tmp_path)
    words = ["faultline.cli.main", "up", "--detach", "--reload", "--port", person.port, "--console-port", "0"]
    started = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$@" | true', "", sys.executable, "-m", *words],
        env=person.environment,
        cwd=person.checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (started.returncode, started.stdout) == (1, "")
    assert "to stop it: " in started.stderr.splitlines()[-1]
    echo, person.checkout = person.checkout / "lambdas/work/echo.py", None  # other commands need no process
    has_a_key(person)
    assert done(person, "before")["result"] == {"a": 1}
    echo.write_text(echo.read_text().replace("return payload", 'return {"edited": True} or payload'))
    assert done(person, "after")["result"] == {"edited": True}
    address = console_of(person)
    with requests.Session() as browser:
        assert browser.get(address, timeout=60).status_code == 200
        assert browser.get(address.partition("?")[0], timeout=60).status_code == 200
    assert len(person.reads("keys", "list")) == 2
    sandbox = lifecycle.find(int(person.port))
    assert sandbox is not None
    os.kill(sandbox.pid, signal.SIGKILL)
    eventually(lambda: not answers(address), what="the console has ended")


def answers(address: str) -> bool:
    """Return whether something listens at an address."""
    port = urlsplit(address).port
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def copied(folder: Path) -> Path:
    """Copy the parts of the checkout that commands need, and return the copy."""
    checkout = folder / "checkout"
    for name in ("lambdas", "infra", "sandbox", "faultline", "requirements"):
        shutil.copytree(ROOT / name, checkout / name)  # with its bytecode
    return checkout


def done(person: Person, task_id: str) -> Any:
    """Submit a task, wait until it has succeeded, and return it."""
    person.reads("submit", '{"a": 1}', "--id", task_id, "--simulate", "{}")
    person.waits_for(task_id, "SUCCEEDED")
    return person.reads("task", task_id)


def until_started(process: subprocess.Popen[str], person: Person) -> Sandbox:
    """Wait until a running `up` has started its sandbox's process, and return the sandbox."""
    return eventually(lambda: lifecycle.find(int(person.port)), what=f"a sandbox of process {process.pid}")


def test_an_interrupt_stops_what_up_has_started(person: Person) -> None:
    """One signal stops all that `up` has started, with exit status 0.

    The next test interrupts `up` before its deployment, with each of the signals.
    """
    process = person.starts("up", "--port", person.port, "--console-port", "0")
    sandbox = until_deployed(process, person)
    console = console_of(person)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, err.splitlines()[-1]) == (0, "stopped")
    assert lifecycle.find(int(person.port)) is None
    assert not Path(f"/proc/{sandbox.pid}").exists()
    assert not answers(console)


def test_repeated_interrupts_leave_nothing(person: Person) -> None:
    """A closed terminal and interrupts, again and again, neither keep `up` from stopping nor show errors."""
    process = person.starts("up", "--port", person.port, "--no-console")
    sandbox = until_started(process, person)
    for each in [signal.SIGHUP, signal.SIGTERM, signal.SIGINT] * 50:  # as by a supervisor and its terminal
        process.send_signal(each)

    def has_ended() -> bool:
        process.send_signal(signal.SIGINT)
        return process.poll() is not None

    eventually(has_ended, what="`up` has ended")
    _, err = process.communicate()
    assert err.splitlines()[-1] == "stopped"
    assert "Traceback" not in err
    assert lifecycle.find(int(person.port)) is None
    assert not Path(f"/proc/{sandbox.pid}").exists()


def test_interrupted_tests_leave_no_sandbox(person: Person, tmp_path: Path) -> None:
    """`faultline test` that is interrupted, even repeatedly, stops the sandbox of its tests."""
    assert person.types("init", str(tmp_path / "mine"))[0] == 0
    person.checkout = tmp_path / "mine"
    (person.checkout / "test_long.py").write_text(
        "import pathlib, time\n"
        "def test_it(sandbox):\n"
        "    pathlib.Path('url').write_text(sandbox.endpoint_url)\n"
        "    time.sleep(600)\n"
    )
    process = person.starts("test", "-p", "no:cacheprovider", "test_long.py")
    url = person.checkout / "url"
    eventually(lambda: url.exists() and url.read_text(), what="the test runs")
    sandbox = lifecycle.find(int(url.read_text().rpartition(":")[2]))
    assert sandbox is not None
    interrupts = cycle((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))

    def has_ended() -> bool:
        process.send_signal(next(interrupts))
        return process.poll() is not None

    eventually(has_ended, what="pytest has ended")
    process.communicate()
    assert lifecycle.find(sandbox.port) is None
    assert not Path(f"/proc/{sandbox.pid}").exists()


def test_up_tells_when_localstack_dies(person: Person) -> None:
    """If LocalStack is killed, `up` ends with a line that says so.

    A console port that is in use does not end `up`.
    """
    process = person.starts("up", "--port", person.port, "--console-port", person.port)
    sandbox = until_deployed(process, person)
    os.kill(sandbox.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 1
    assert f"without the console: port {person.port} is in use" in err
    assert err.splitlines()[-1].startswith("faultline: LocalStack has ended; its log: ")


def test_a_sandbox_that_is_stopped_while_it_is_deployed_to(person: Person) -> None:
    """If another command stops the sandbox during the deployment, `up --detach` says so and fails."""
    process = person.starts("up", "--detach", "--port", person.port)
    assert process.stderr is not None
    assert next(line for line in process.stderr if line.startswith("deploying "))
    assert person.types("down", "--port", person.port)[0] == 0
    out, err = process.communicate(timeout=DEADLINE_SECONDS)
    said = f"faultline: the sandbox on port {person.port} was stopped by another command\n"
    assert (process.returncode, out, err) == (1, "", said)


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["up", "--stage", "nope"], 2, "'nope' is not one of 'dev', 'test', 'staging', 'prod'"),
        (["submit", "{"], 2, "PAYLOAD is not JSON"),
        (["task"], 2, "Missing argument 'task_id'"),
        (["tasks", "--limit", "0"], 2, "'--limit'"),
        (["redrive"], 2, "give a TASK_ID, --all, or options that select tasks"),
        (["redrive", "one", "--all"], 2, "TASK_ID selects one task"),
        (["redrive", "--category", "BAD_LUCK"], 2, "'BAD_LUCK' is not one of"),
        (["dlq", "report", "--since", "yesterday"], 2, "'yesterday' is neither a duration, such as 24h"),
        (["dlq", "report", "--since", "2026-01-31T12:00:00"], 2, "nor a time with an offset"),
        (["dlq", "report", "--since", "2999-01-01T00:00:00Z"], 2, "is in the future"),
        (["dlq", "report", "--since", "999999999w"], 2, "is neither a duration"),
        (["dlq", "report", "--limit", "0"], 2, "'--limit'"),
        (["dlq", "report"], 1, "no sandbox runs on port 4566"),
        (["nothing"], 2, "No such command 'nothing'"),
        (["tasks"], 1, "no sandbox runs on port 4566"),
        (["dashboard", "overview"], 1, "no sandbox runs on port 4566"),
        (["dashboard", "overview", "--since", "1y"], 2, "must be a duration such as 30m, 3h or 2d"),
    ],
)
def test_what_is_wrong_is_one_line(
    state_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    line: str,
) -> None:
    """Wrong usage has status 2 and a failure 1; each prints one line on standard error.

    The command runs in this process; the tests above run it in a process of its own.
    """
    if words == ["tasks"] and lifecycle.find():
        pytest.fail("this test needs port 4566 to have no sandbox of this state folder")
    monkeypatch.setattr(sys, "argv", ["faultline", *words])
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # handlers are this process's own
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (status, "")
    assert len(err.splitlines()) == 1
    assert line in err
