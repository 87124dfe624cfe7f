"""Duration of release_tasks' runs while no task waits."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.release_tasks import handler as module
from lambdas.release_tasks.releaser import Pass


class Slept(Exception):
    """Raised when the run sleeps instead of ending."""


@dataclass
class Passes:
    """A releaser without tasks that are due; passes are `full` if more timers are due than they run."""

    waits: bool
    full: bool = False
    looks: list[str] = field(default_factory=list)

    def release(self, is_over: Callable[[], bool]) -> Pass:
        assert not is_over()
        self.looks.append("release")
        return Pass(is_full=self.full)

    def send_unsent(self, is_over: Callable[[], bool]) -> int:
        self.looks.append("unsent")
        return 0

    def is_needed(self) -> bool:
        return self.waits


class Context(LambdaContext):
    """The context of a run that has just begun."""

    function_name = "release-tasks"
    function_version = memory_limit_in_mb = invoked_function_arn = aws_request_id = "1"  # type: ignore[assignment]

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def run(monkeypatch: pytest.MonkeyPatch, passes: Passes, *, until_idle: bool) -> object:
    def sleep(seconds: float) -> None:
        raise Slept(seconds)

    monkeypatch.setattr(module, "releaser", lambda: passes)
    monkeypatch.setattr("time.sleep", sleep)
    return module.handler({"forSeconds": 50, "untilIdle": until_idle}, Context())


def test_a_run_ends_when_no_task_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = Passes(waits=False)
    assert run(monkeypatch, passes, until_idle=True) == {"released": 0}
    assert passes.looks == ["unsent"]


@pytest.mark.parametrize(("waits", "until_idle"), [(True, True), (False, False)])
def test_a_run_goes_on(monkeypatch: pytest.MonkeyPatch, waits: bool, until_idle: bool) -> None:
    """A run continues while a task waits, or if it need not end when idle."""
    with pytest.raises(Slept):
        run(monkeypatch, Passes(waits=waits), until_idle=until_idle)


@pytest.mark.parametrize(
    ("full", "within"), [(False, module.IDLE_EVERY_SECONDS), (True, module.EVERY_SECONDS)]
)
def test_the_next_pass_follows_sooner_if_more_may_be_due(
    monkeypatch: pytest.MonkeyPatch, full: bool, within: float
) -> None:
    """A full pass is not taken for an idle one, although it only ran timers."""
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    with pytest.raises(Slept) as slept:
        run(monkeypatch, Passes(waits=True, full=full), until_idle=False)
    assert slept.value.args == (within,)
