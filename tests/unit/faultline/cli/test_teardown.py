"""The output and the confirmation of `faultline teardown`."""

import io

import pytest

from faultline.cli.command_failure import CommandFailed
from faultline.cli.teardown import confirm, described
from infra.deploy.teardown import Effect, Teardown


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
