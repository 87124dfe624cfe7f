"""Groups of commands: without a command, and with options before one."""

import signal
import sys

import pytest

from faultline.cli.main import main


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this process's handlers, and name no target that a wrong command could reach."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("STAGE", "test")


def status_of(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    monkeypatch.setattr(sys, "argv", ["faultline", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("words", [(), ("callbacks",), ("dlq",), ("faults",), ("keys",)])
def test_a_group_alone_prints_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """The help is no error message, although no command was given."""
    assert status_of(monkeypatch, *words) == 2
    assert capsys.readouterr().err.startswith("Usage: ")


@pytest.mark.parametrize("options", [("--port", "4567"), ("--stage", "prod"), ("--aws",)])
def test_an_option_before_a_command_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    """Options of `faultline circuits` do not apply to `open`, which would change another stage's circuit."""
    assert status_of(monkeypatch, "circuits", *options, "open", "api.example.com") == 2
    assert capsys.readouterr().err == f"faultline: {options[0]} belongs after the command open\n"


@pytest.mark.parametrize("command", ["open", "close"])
def test_a_circuit_has_a_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A variable of the shell that is not set holds nothing open, and could not be closed again."""
    assert status_of(monkeypatch, "circuits", command, "") == 2
    assert "the name is empty" in capsys.readouterr().err


def test_json_is_for_the_list_of_circuits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(monkeypatch, "circuits", "--json", "open", "api.example.com") == 2
    assert capsys.readouterr().err == "faultline: open has no option --json\n"


@pytest.mark.parametrize("options", [(), ("--error", "OverLimit", "--latency-ms", "5")])
def test_a_fault_is_either_an_error_or_a_delay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    """The message names the command's options, unlike that of the sandbox's API."""
    assert status_of(monkeypatch, "faults", "set", "sqs", *options) == 2
    assert capsys.readouterr().err == "faultline: give either --error or --latency-ms\n"
