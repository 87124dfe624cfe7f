"""Metrics of an execution environment's cold start and memory."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from infra.stages import stage
from lambdas.telemetry.environment import (
    EVERY_SECONDS,
    MEGABYTE,
    ExecutionEnvironment,
    age_seconds,
    environment,
    measured,
    peak_bytes,
)


@dataclass
class Process:
    """A simulated process with a given age, memory and clock."""

    age: float = 0.75
    megabytes: float = 64.0
    clock: float = 0.0

    def environment(self, *, cold: bool = True) -> ExecutionEnvironment:
        return ExecutionEnvironment(
            "echo_task",
            cold=cold,
            memory_bytes=256 * MEGABYTE,
            age_seconds=lambda: self.age,
            peak_bytes=lambda: int(self.megabytes * MEGABYTE),
            now=lambda: self.clock,
        )


class Counted:
    """A reader of the metrics that were published since its last call."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self) -> list[tuple[str, float]]:
        found = list[tuple[str, float]]()
        for text in self._capsys.readouterr().out.splitlines():
            line: dict[str, Any] = json.loads(text)
            [directive] = line["_aws"]["CloudWatchMetrics"]
            assert ["Function", "Stage"] in [sorted(each) for each in directive["Dimensions"]]
            assert line["Function"] == "echo_task"
            found += [(each["Name"], *line[each["Name"]]) for each in directive["Metrics"]]
        return found


@pytest.fixture
def counted(capsys: pytest.CaptureFixture[str]) -> Counted:
    return Counted(capsys)


def test_a_cold_start_is_counted_once(counted: Counted) -> None:
    """A cold start is counted once, as the time from the process's start to the first invocation."""
    environment = Process().environment()
    environment.invocation_begins()
    assert counted() == [("ColdStartTime", 750)]
    environment.invocation_begins()
    assert counted() == []


def test_an_environment_that_was_started_beforehand_has_no_cold_start(counted: Counted) -> None:
    """An environment that was started in advance publishes no cold start, as no caller waited for it."""
    Process(age=3600).environment(cold=False).invocation_begins()
    assert counted() == []


def test_memory_is_counted_when_it_rises(counted: Counted) -> None:
    """Memory is published as a percentage of the function's, and soon again only after a clear rise."""
    process = Process()
    environment = process.environment()
    environment.invocation_ends()
    assert counted() == [("MemoryUsed", 25)]
    process.megabytes = 66
    environment.invocation_ends()
    assert counted() == []
    process.megabytes = 128
    environment.invocation_ends()
    assert counted() == [("MemoryUsed", 50)]


def test_memory_that_does_not_rise_is_counted_now_and_then(counted: Counted) -> None:
    process = Process()
    environment = process.environment()
    environment.invocation_ends()
    process.clock = EVERY_SECONDS - 1
    environment.invocation_ends()
    assert counted() == [("MemoryUsed", 25)]
    process.clock = EVERY_SECONDS
    environment.invocation_ends()
    assert counted() == [("MemoryUsed", 25)]


def test_memory_is_counted_after_the_environment_was_frozen(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is published after Lambda froze the environment, as its monotonic clock may have stood still."""
    wall = [1e9]
    monkeypatch.setattr(time, "time", lambda: wall[0])
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    monkeypatch.setattr("lambdas.telemetry.environment.peak_bytes", lambda: 32 * MEGABYTE)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "echo_task")
    made = environment.__wrapped__()
    for later, times in ((0, 1), (EVERY_SECONDS - 1, 0), (1, 1), (-EVERY_SECONDS, 1)):
        wall[0] += later
        made.invocation_ends()
        assert len(counted()) == times


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_each_period_of_the_alarm_has_a_value(counted: Counted, name: str) -> None:
    """While a function is invoked every now and then, the alarm on its memory always has a value."""
    process, window = Process(), stage(name).thresholds.window_seconds
    environment = process.environment()
    periods = set[int]()
    for second in range(0, 24 * window, 40):
        process.clock = second
        environment.invocation_ends()
        if counted():
            periods.add(second // window)
    assert len(periods) == 24


@pytest.mark.parametrize(("returned", "times"), [({"released": 0}, 0), ({"released": 1}, 1)])
def test_the_memory_of_an_idle_invocation_is_not_counted(
    counted: Counted, monkeypatch: pytest.MonkeyPatch, returned: dict[str, Any], times: int
) -> None:
    """An idle invocation does not publish its memory, since a metric is billed for each hour with data."""
    made = Process().environment(cold=False)
    monkeypatch.setattr("lambdas.telemetry.environment.environment", lambda: made)
    handler = measured(lambda *_: returned, idle={"released": 0})
    assert handler({}, LambdaContext()) == returned
    assert len(counted()) == times


def test_the_memory_of_a_failed_invocation_is_counted(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        raise ValueError

    made = Process().environment(cold=False)
    monkeypatch.setattr("lambdas.telemetry.environment.environment", lambda: made)
    with pytest.raises(ValueError):
        measured(fail, idle={})({}, LambdaContext())
    assert counted() == [("MemoryUsed", 25)]


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not say")
def test_a_process_knows_its_age_and_its_memory() -> None:
    """A process measures its own age and peak memory, and not those of a larger parent."""
    ballast = b"x" * (128 * MEGABYTE)
    assert peak_bytes() > len(ballast)
    assert age_seconds() > 0
    code = (
        "from lambdas.telemetry.environment import age_seconds, peak_bytes;"
        "print(age_seconds() < 60, peak_bytes() < 128 * 2**20)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "True"]
