"""The output and the confirmation of `faultline teardown`."""

import dataclasses
import io
from types import SimpleNamespace
from typing import Any

import pytest

from faultline.cli import teardown as command
from faultline.cli.command_failure import CommandFailed
from faultline.cli.teardown import confirm, described
from infra.deploy.teardown import Effect, Teardown
from infra.stages import stage


class Terminal(io.TextIOWrapper):
    """A terminal on which a user types a line."""

    def __init__(self, line: str) -> None:
        super().__init__(io.BytesIO(f"{line}\n".encode()))

    def isatty(self) -> bool:
        return True


def test_the_stages_name_confirms_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("prod"))
    confirm("prod")
    for answer in ("", "yes", "y", "staging"):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        with pytest.raises(CommandFailed, match="not confirmed"):
            confirm("prod")


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("prod\n"))
    with pytest.raises(CommandFailed, match="add --yes"):
        confirm("prod")


def test_what_stays_comes_with_its_reason() -> None:
    planned = Teardown(
        name="faultline-prod",
        stack_arn="arn",
        is_protected=False,
        stays=(Effect(name="tasks", kind="AWS::DynamoDB::Table", why="has the records of all tasks"),),
        loses=(Effect(name="/aws/logs", kind="AWS::Logs::LogGroup", why="with its logs"),),
        others=7,
    )
    assert described(planned) == [
        "Kept:",
        "  tasks (AWS::DynamoDB::Table): has the records of all tasks",
        "Deleted:",
        "  /aws/logs (AWS::Logs::LogGroup): with its logs",
        "  7 other resources without data",
    ]
    left = dataclasses.replace(planned, stack_arn=None, stays=(), others=0)
    assert described(left) == [
        "faultline-prod is not deployed, but its earlier deletion was incomplete.",
        "Deleted:",
        "  /aws/logs (AWS::Logs::LogGroup): with its logs",
    ]


def test_what_goes_on_after_an_interruption_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the wait, but not CloudFormation's deletion, after which the secret is still there."""
    planned = Teardown(
        name="faultline-test", stack_arn="arn", is_protected=False, stays=(), loses=(), others=1
    )

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    place = SimpleNamespace(session=None, settings=stage("test"), endpoint_url="http://127.0.0.1:4566")
    monkeypatch.setattr(command, "stage_access", lambda *_, **__: place)
    monkeypatch.setattr(command, "planned_teardown", lambda *_: planned)
    monkeypatch.setattr(command, "delete", interrupted)
    with pytest.raises(CommandFailed, match=r"^interrupted; CloudFormation goes on .* repeat the command"):
        command.teardown()
