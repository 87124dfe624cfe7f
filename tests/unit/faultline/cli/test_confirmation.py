"""Questions in a terminal, and their interruption."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from faultline.cli.command_failure import CommandFailed
from faultline.cli.deploy import deploy
from faultline.cli.stage_access import stage_access
from faultline.cli.teardown import confirm
from tests.terminal import CTRL_C, CTRL_D
from tests.unit.infra.project.folder import project
from tests.unit.programs import Programs

# Each program runs a command up to its question, and nothing after it.
REDRIVE = """
import sys
from types import SimpleNamespace as Any
from faultline.cli import redrive
from faultline.cli.main import main
from faultline.client.api import Answer

def find(request):
    assert request["dryRun"]
    return Answer(status=200, body={"matched": 3, "more": False, "sample": [], "filter": {}}, headers={})

redrive.stage_access = lambda *_, **__: Any(api=lambda: Any(redrive_many=find))
sys.argv[1:] = ["redrive", "--all"]
main()
"""
SUBMIT = """
import sys
from types import SimpleNamespace as Any
from faultline.cli import stage_access
from faultline.cli.main import main

stage_access.target.find = lambda *_, **__: Any(is_aws=True, session=Any(region_name="eu-west-1"))
stage_access.account_of = lambda _: "123456789012"
sys.argv[1:] = ["submit", "--stage", "prod"]
main()
"""
TEARDOWN = """
import sys
from types import SimpleNamespace as Any
from faultline.cli import teardown
from faultline.cli.main import main
from infra.deploy.teardown import Teardown

planned = Teardown(name="n", stack_arn="arn", is_protected=False, stays=(), loses=(), others=7)
teardown.stage_access = lambda *_, **__: Any(session=None, settings=Any(name="prod"), endpoint_url=None)
teardown.planned_teardown = lambda *_: planned
sys.argv[1:] = ["teardown"]
main()
"""
QUESTIONS = pytest.mark.parametrize(
    ("program", "question"),
    [
        (REDRIVE, b"redrive 3 tasks? [y/N]: "),
        (SUBMIT, b"submit a task? [y/N]: "),
        (TEARDOWN, b"Type the stage's name (prod) to delete it:\r\n"),
    ],
    ids=["redrive", "submit", "teardown"],
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}


@QUESTIONS
@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["Ctrl-C", "Ctrl-D"])
def test_a_question_may_be_interrupted(
    program: str, question: bytes, key: bytes, environment: dict[str, str], programs: Programs
) -> None:
    """Ctrl-C and Ctrl-D at a question say in a line of its own that the command was interrupted."""
    with programs.in_terminal(program, environment) as opened:
        opened.wait_for(question)
        opened.wait_for_rest()
        opened.press(key)
        assert opened.status() == 1
        _, _, after = opened.shown.partition(question)
    assert after.replace(b"^C", b"").replace(b"^D\b\b", b"").strip() == b"faultline: interrupted"
    assert after.endswith(b"\r\nfaultline: interrupted\r\n")


def test_nobody_is_asked_if_the_input_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr("faultline.cli.stage_access.account_of", lambda _: "123456789012")
    on_aws = SimpleNamespace(is_aws=True, session=SimpleNamespace(region_name="eu-west-1"))
    monkeypatch.setattr("faultline.operations.target.find", lambda *_, **__: on_aws)
    with pytest.raises(CommandFailed, match="submit a task on AWS: add --yes"):
        stage_access("prod", 4566, aws=True, changes="submit a task")
    with pytest.raises(CommandFailed, match="teardown on AWS: add --yes"):
        confirm("prod")


def test_a_deployment_to_aws_is_asked_for_by_the_name_of_its_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr("faultline.cli.stage_access.account_of", lambda _: "123456789012")
    on_aws = SimpleNamespace(is_aws=True, session=SimpleNamespace(region_name="eu-west-1"))
    monkeypatch.setattr("faultline.operations.target.find", lambda *_, **__: on_aws)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        CommandFailed, match=r"deploy only the built-in kinds of work \(there is no faultline"
    ):
        deploy("prod", aws=True)
    monkeypatch.chdir(project(tmp_path / "mine"))
    with pytest.raises(
        CommandFailed, match=rf"deploy the project mine \({tmp_path}/mine\) on AWS: add --yes"
    ):
        deploy("prod", aws=True)
