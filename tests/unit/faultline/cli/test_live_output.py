"""The watch over a project's package during `faultline up --reload`."""

from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from faultline.cli import live_output
from infra.errors import InvalidProject
from infra.stages import stage
from tests.eventually import eventually
from tests.unit.infra.project.folder import KIND, project


def test_no_error_of_the_check_ends_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error is one line, and the next change is checked again."""
    package = project(tmp_path) / "tasks"
    lines, numbers = list[str](), count()
    no_session: Any = None
    monkeypatch.setattr(live_output, "LogReader", lambda **_: SimpleNamespace(read=list))
    monkeypatch.setattr(live_output, "FOLLOW_SECONDS", 0.01)
    monkeypatch.setattr(live_output, "say", lines.append)

    def check() -> None:
        if not lines:
            raise TypeError("not that\n\nFor further information visit https://a.example")
        raise InvalidProject("tasks/greet.py:1: bad")

    def is_told(text: str) -> bool:
        (package / "greet.py").write_text(f"{KIND}# {next(numbers)}\n")
        return any(text in line for line in lines)

    def until() -> None:
        for text in ("tasks/greet.py: could not be checked: TypeError: not that", "tasks/greet.py:1: bad"):
            eventually(partial(is_told, text), what=text)

    live_output.print_live_output(no_session, stage("dev"), package, check, until)
    assert not any("further information" in line for line in lines)
