"""The output of `faultline verify` in the page about deployments."""

from pathlib import Path
from typing import Any

import pytest

from faultline.cli import verify
from faultline.cli.command_failure import CommandFailed
from faultline.operations.verification.check import Check
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.verify import CHECKS
from faultline.operations.verification.verify import verify as run_checks

DEPLOYMENT = Path(__file__).parents[4] / "docs" / "deployment.md"


def test_the_page_shows_each_check() -> None:
    """The page about deployments lists the checks in the order of the output."""
    shown = [line for line in DEPLOYMENT.read_text().splitlines() if line.startswith("ok ")]
    assert shown == [f"{'ok':<8}{check.promise}" for check in CHECKS]


def test_a_deployment_is_not_the_only_remedy() -> None:
    """CloudFormation changes nothing if only a resource differs from its template."""
    for check in CHECKS:
        assert "deploy again" not in check.advice or "by hand" in check.advice


def test_the_alarm_that_the_dead_letters_fire_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt and the page say that the checks make dead letters, which fires an alarm."""

    def refuse(*_: Any, changes: str, **__: Any) -> None:
        raise CommandFailed(changes)

    monkeypatch.setattr(verify, "stage_access", refuse)
    with pytest.raises(CommandFailed, match="make four dead letters, which fires the alarm dead-letters"):
        verify.verify()
    page = " ".join(DEPLOYMENT.read_text().split())
    assert "makes four dead letters, which fires the alarm `dead-letters`" in page


def test_an_interruption_says_what_it_waits_for() -> None:
    """Checks that have begun are finished, since they cancel their dead letters, which may take a minute."""

    def interrupted(_: Deployed) -> None:
        raise KeyboardInterrupt

    told: list[str] = []
    check = Check(promise="", advice="", run=interrupted)
    stage: Any = None
    with pytest.raises(KeyboardInterrupt):
        run_checks(stage, [check], notice=told.append)
    assert told == ["waiting for the checks that have begun, since they cancel their dead letters ..."]
