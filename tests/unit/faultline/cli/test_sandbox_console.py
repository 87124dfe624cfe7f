"""The parts of a sandbox's console that can be tested without a sandbox."""

import socket
from pathlib import Path

import pytest

from faultline.cli.sandbox_console import offer, offered
from faultline.console.listener import listen
from faultline.operations.errors import OperationFailed
from infra.stages import stage
from sandbox.process import state_file
from sandbox.process.state_file import Sandbox

SANDBOX = Sandbox(port=1, pid=2**22 + 1, identity="none")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    SANDBOX.state_dir.mkdir(parents=True)


def test_a_port_that_is_taken_is_named_with_its_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            OperationFailed, match=f"port {port} is in use; name another one with --console-port"
        ):
            offer(SANDBOX, stage("dev"), port)
    assert not (SANDBOX.state_dir / "console.json").exists()


def test_a_port_that_cannot_be_opened_is_named_with_its_option() -> None:
    """The system may refuse a port for another reason: here, a port of another machine."""
    with pytest.raises(OperationFailed, match=r"cannot listen on port 1: .+; name another one with --x$"):
        listen(1, "192.0.2.1", option="--x")


@pytest.mark.parametrize("record", [None, "", '{"pid": 1, "stage": "dev", "address": "http://127.0.0.1:9/"}'])
def test_a_record_that_an_earlier_sandbox_has_left_is_not_believed(
    record: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.process.lifecycle.find", lambda _: SANDBOX)
    if record is not None:
        (SANDBOX.state_dir / "console.json").write_text(record)
    assert state_file.process_of(SANDBOX) is None
    assert offered(SANDBOX.endpoint_url, SANDBOX.port, stage("dev")) is None
