"""The output of `faultline deploy`."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from faultline.cli import deploy as command
from faultline.cli.command_failure import CommandFailed
from faultline.client import ApiProblem
from infra.stages import stage


def test_what_goes_on_after_an_interruption_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the wait, but not CloudFormation's change, after which the deployment is incomplete."""

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    place = SimpleNamespace(session=None, settings=stage("prod"), description="AWS", is_aws=True)
    monkeypatch.setattr(command, "stage_access", lambda *_, **__: place)
    monkeypatch.setattr(command, "_built", lambda _: SimpleNamespace(notice=""))
    monkeypatch.setattr(command, "missing_secrets", lambda *_: {})
    monkeypatch.setattr(command, "deploy_stack", interrupted)
    with pytest.raises(CommandFailed, match=r"^interrupted; CloudFormation goes on .* repeat the command"):
        command.deploy()


def test_a_refused_first_task_does_not_look_like_a_failed_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of another stage is refused when the stack is deployed already."""

    def refused(*_: Any, **__: Any) -> None:
        raise ApiProblem(403, {"detail": "The request needs an API key of this stage."})

    place: Any = SimpleNamespace(client=nullcontext, settings=stage("prod"), is_aws=True)
    monkeypatch.setattr(command, "smoke_task", refused)
    with pytest.raises(CommandFailed, match=r"API key of this stage; the stack is deployed, but not tested"):
        command._try_it(place)
