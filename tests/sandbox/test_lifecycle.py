"""The lifecycle of a sandbox: start, find, wait, stop, and failures."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sandbox.process import launch, lifecycle, paths, ports, state_file
from sandbox.process.errors import (
    AlreadyRunning,
    PortInUse,
    PortUnusable,
    SandboxEnded,
    SandboxError,
    SandboxStopped,
    StartFailed,
    StateUnusable,
)
from sandbox.process.state_file import Sandbox
from tests.eventually import DEADLINE_SECONDS, eventually


@pytest.fixture
def port(state_home: Path) -> Iterator[int]:
    """Provide a free port, and stop any sandbox on it after the test."""
    number = ports.free()
    yield number
    lifecycle.stop(number, timeout=0)


def test_a_started_sandbox_is_found(sandbox: Sandbox) -> None:
    """`find` returns what `start` returned, and the sandbox's process runs."""
    assert lifecycle.find(sandbox.port) == sandbox
    assert psutil.pid_exists(sandbox.pid)
    assert sandbox.endpoint_url == f"http://127.0.0.1:{sandbox.port}"


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    """A sandbox listens only on the loopback address."""
    listening = {
        connection.laddr
        for member in state_file.family(sandbox.identity)
        for connection in member.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_its_files_are_the_users_alone(sandbox: Sandbox, state_home: Path) -> None:
    """A sandbox's state is in a folder below XDG_STATE_HOME that other users cannot read."""
    assert sandbox.state_dir == state_home / "faultline" / str(sandbox.port)
    assert stat.S_IMODE(sandbox.state_dir.stat().st_mode) == 0o700
    assert sandbox.log_file.parent == sandbox.state_dir


def test_relative_xdg_folders_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative XDG_STATE_HOME is ignored, as the XDG specification requires."""
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    assert paths.state_dir(1) == Path.home() / ".local/state/faultline/1"


def test_the_users_settings_do_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS profiles, endpoints and LocalStack settings of the user's shell do not reach LocalStack."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "LOCALSTACK_API_KEY", "PERSISTENCE", "SERVICES"):
        monkeypatch.setenv(name, "theirs")
    environment = launch.environment(4566, "identity", Path("/volume"), Path("/cache"))
    assert "theirs" not in environment.values()


def test_the_process_has_that_environment_and_no_other(sandbox: Sandbox) -> None:
    """LocalStack's process has exactly the environment of `launch.environment`."""
    expected = launch.environment(
        sandbox.port, sandbox.identity, sandbox.state_dir / "volume", paths.cache_dir()
    )
    assert psutil.Process(sandbox.pid).environ() == expected


def test_a_second_start_is_refused(sandbox: Sandbox) -> None:
    """A second start on a port fails and names the running sandbox, which is unaffected."""
    with pytest.raises(AlreadyRunning, match=f"already runs on port {sandbox.port} .process {sandbox.pid}"):
        lifecycle.start(sandbox.port)
    assert lifecycle.find(sandbox.port) == sandbox


def test_a_port_in_use_is_reported_with_its_owner(port: int) -> None:
    """A start on a port in use fails and names the other process, and records nothing."""
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortInUse) as caught:
        lifecycle.start(port)
    assert str(caught.value).startswith(f"port {port} is in use by process {os.getpid()} (")
    assert lifecycle.find(port) is None


def test_a_port_in_use_on_all_addresses_is_noticed(port: int) -> None:
    """A start on a port that another program uses on all addresses is refused as well."""
    with socket.create_server(("0.0.0.0", port)), pytest.raises(PortInUse):
        lifecycle.start(port)


def test_a_port_that_cannot_be_is_an_error(state_home: Path) -> None:
    """A start on an invalid port is refused with an error that names the port."""
    with pytest.raises(PortUnusable, match="cannot listen on port 70000: "):
        lifecycle.start(70000)


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', "[]", '{"pid": "x", "identity": "y"}'])
def test_an_illegible_record_is_none(port: int, text: str) -> None:
    """A truncated or foreign record is treated as missing."""
    file = paths.state_dir(port) / "sandbox.json"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert lifecycle.find(port) is None
    assert lifecycle.stop(port) is False


def test_a_reused_process_number_is_not_ours(port: int) -> None:
    """Another process with the recorded process id is neither found nor killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        with state_file.locked(port):
            state_file.write(Sandbox(port=port, pid=stranger.pid, identity="of a sandbox that is gone"))
        assert lifecycle.find(port) is None
        assert lifecycle.stop(port) is False
        assert stranger.poll() is None
    assert state_file.read(port) is None


def test_a_later_sandbox_on_the_port_is_left_alone(port: int) -> None:
    """A sandbox that another command has started on the port since is not stopped instead of one's own."""
    own = Sandbox(port=port, pid=1, identity="of a sandbox that is gone")
    variables = {launch.IDENTITY: "of a later sandbox"}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=variables) as process:
        later = Sandbox(port=port, pid=process.pid, identity=variables[launch.IDENTITY])
        with state_file.locked(port):
            state_file.write(later)
        eventually(lambda: lifecycle.find(port), what="the process has its environment")
        assert lifecycle.stop(port, only=own) is False
        assert lifecycle.find(port) == later
        assert lifecycle.stop(port, only=later) is True
        process.wait(DEADLINE_SECONDS)


def test_a_sandbox_that_is_gone_explains_an_error(port: int) -> None:
    """A check tells a sandbox that has ended from one that was stopped, and passes one that listens."""
    sandbox = Sandbox(port=port, pid=1, identity="of a sandbox that is gone")
    with state_file.locked(port):
        state_file.write(sandbox)
    with socket.create_server(("127.0.0.1", port)):
        lifecycle.check(sandbox)
    with pytest.raises(SandboxEnded, match=r"^LocalStack has ended; its log: .*localstack\.log$"):
        lifecycle.check(sandbox)
    with state_file.locked(port):
        state_file.forget(port)
    with pytest.raises(SandboxStopped, match=f"^the sandbox on port {port} was stopped by another command$"):
        lifecycle.check(sandbox)


def test_stop_without_a_sandbox(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping without a sandbox returns False, and creates no folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))  # the port may have been another test's
    assert lifecycle.stop(port) is False
    assert not paths.state_dir(port).exists()


def test_a_crash_during_start_tells_why(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """If LocalStack ends while it starts, the error has its last output, and nothing is recorded."""
    settings = launch.environment
    monkeypatch.setattr(
        launch,
        "environment",
        lambda *args, **more: {**settings(*args, **more), "SANDBOX_PLUGINS": "nonsense"},
    )
    with pytest.raises(StartFailed, match=r"status 1: ValueError: .* no entry named nonsense"):
        lifecycle.start(port)
    assert lifecycle.find(port) is None


def test_a_start_that_takes_too_long_leaves_nothing(port: int) -> None:
    """A start that exceeds its timeout leaves no process and no record."""
    with pytest.raises(StartFailed, match=r"not ready after 0\.1 s"):
        lifecycle.start(port, timeout=0.1)
    assert lifecycle.find(port) is None
    assert not _processes_of(port)


def test_an_unusable_state_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the state folder cannot be made, the error names the folder and the reason."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(StateUnusable, match=r"cannot write to .*/file/faultline/1: Not a directory"):
        lifecycle.start(1)


def test_an_interrupt_during_start_leaves_nothing(port: int) -> None:
    """Ctrl-C during a start ends LocalStack, and leaves no record."""
    script = f"from sandbox.process import lifecycle; lifecycle.start({port})"
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE) as starter:
        eventually(lambda: state_file.read(port))
        starter.send_signal(signal.SIGINT)
        _, errors = starter.communicate(timeout=DEADLINE_SECONDS)
    assert b"KeyboardInterrupt" in errors
    assert state_file.read(port) is None
    assert not _processes_of(port)


def test_start_again_after_a_kill(port: int) -> None:
    """After kill -9, `wait` returns, `find` finds nothing, and of two starts at once, one wins.

    It keeps the old log. The other start is refused. `stop` also ends functions' processes.
    """
    first = lifecycle.start(port)
    (first.state_dir / "volume" / "left over").write_text("")
    waiting = threading.Thread(target=lifecycle.wait, args=[first])
    waiting.start()
    eventually(lambda: "Ready." in first.log_file.read_text())
    os.kill(first.pid, signal.SIGKILL)
    waiting.join(timeout=DEADLINE_SECONDS)
    assert not waiting.is_alive()
    assert lifecycle.find(port) is None

    def attempt(_: int) -> Sandbox | SandboxError:
        try:
            return lifecycle.start(port)
        except SandboxError as error:
            return error

    with ThreadPoolExecutor(2) as executor:
        outcomes = list(executor.map(attempt, range(2)))
    [winner] = [outcome for outcome in outcomes if isinstance(outcome, Sandbox)]
    [loser] = [outcome for outcome in outcomes if isinstance(outcome, SandboxError)]
    assert isinstance(loser, AlreadyRunning)
    assert winner.pid != first.pid
    assert not (winner.state_dir / "volume" / "left over").exists()
    assert "Ready." in (winner.state_dir / "localstack.previous.log").read_text()
    assert lifecycle.find(port) == winner

    # A function's process, which has its own session and is recognized by the identity that it inherited.
    function = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        env={launch.IDENTITY: winner.identity},
        start_new_session=True,
    )
    with function:
        assert lifecycle.stop(port) is True
        function.wait(timeout=DEADLINE_SECONDS)
    assert not _processes_of(port)
    assert lifecycle.find(port) is None


def test_the_record_is_json_with_a_process_number(sandbox: Sandbox) -> None:
    """A sandbox's record is JSON with its process id, so that other tools can read it."""
    assert json.loads((sandbox.state_dir / "sandbox.json").read_text())["pid"] == sandbox.pid


def _processes_of(port: int) -> list[psutil.Process]:
    listen = f"127.0.0.1:{port}"
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("GATEWAY_LISTEN") == listen:
                found.append(process)
        except psutil.Error:
            continue
    return found
