"""Printed commands that users paste into a shell."""

import sys
from pathlib import Path

import pytest

from faultline.cli.program import pasteable

HINT = "to stop it: faultline down --port 4566"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Install the command in an environment of its own that is not on PATH."""
    installed = tmp_path / ".venv" / "bin" / "faultline"
    installed.parent.mkdir(parents=True)
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(installed.with_name("python")))
    monkeypatch.setenv("PATH", "/nowhere")
    return installed


def test_in_a_checkout_it_has_its_path(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pasteable(HINT) == "to stop it: .venv/bin/faultline down --port 4566"


def test_elsewhere_the_path_is_absolute_and_quoted(
    program: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert pasteable(HINT) == f"to stop it: {program} down --port 4566"
    spaced = program.parents[2] / "a folder"
    program.parent.rename(spaced)
    monkeypatch.setattr(sys, "executable", str(spaced / "python"))
    assert pasteable(HINT) == f"to stop it: '{spaced}/faultline' down --port 4566"


def test_on_path_it_is_called_by_its_name(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    assert pasteable(HINT) == HINT


def test_another_one_on_path_is_not_meant(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "faultline"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    monkeypatch.chdir(tmp_path)
    assert pasteable(HINT) == "to stop it: .venv/bin/faultline down --port 4566"


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    "text", ["faultline: interrupted", "faultline-dev is not deployed", "/opt/faultline up", "the faultline"]
)
def test_what_is_no_call_is_left_alone(text: str) -> None:
    assert pasteable(text) == text
