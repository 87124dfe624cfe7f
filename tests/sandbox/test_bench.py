"""`scripts/bench` from a shell, with one emulator and few tasks."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.cli import main
from benchmarks.emulators.launcher import launch
from benchmarks.errors import EmulatorUnavailable
from benchmarks.figures import FIGURES, plots
from sandbox.process import ports
from sandbox.process.launch import IDENTITY
from sandbox.process.paths import cache_dir
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]


def start(state: Path, *words: str) -> subprocess.Popen[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(state),
        "XDG_STATE_HOME": str(state),
        "XDG_CACHE_HOME": str(cache_dir().parent),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks", *words],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def emulators(state: Path) -> list[psutil.Process]:
    """Return the processes of emulators whose home is in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        if IDENTITY in environment and environment.get("HOME", "").startswith(str(state)):
            found.append(process)
    return found


def test_every_measure_is_taken(tmp_path: Path) -> None:
    """Each figure is measured and drawn, and no process is left."""
    output = tmp_path / "results" / "results.json"
    words = ["--only", "faultline", "--quick", "--output", str(output), "--json"]
    process = start(tmp_path, *words)
    out, err = process.communicate()
    assert process.returncode == 0, err
    results: dict[str, Any] = json.loads(output.read_text())
    assert json.loads(out) == results
    assert results["machine"]["cores"] == psutil.cpu_count()
    for figure in FIGURES:
        value = results["figures"][figure.key]["values"]["faultline"]
        # CPU use in one second may be below the resolution of the clock, and a few tasks may happen to be
        # faster with telemetry than without it.
        assert value > 0 or figure.key in ("cpu_idle_percent", "telemetry_cost_percent"), figure
    [measured] = results["emulators"]["faultline"]["rounds"]
    assert len(measured["samples"]["telemetry_cost_percent"]) == results["plan"]["turns"]
    assert all(isfinite(cost) for cost in measured["samples"]["telemetry_cost_percent"])
    assert len(measured["samples"]["submission"]) == results["plan"]["tasks"]
    assert len(measured["samples"]["retry_error"]) == 2 * results["plan"]["retried_tasks"]
    assert measured["figures"]["memory_peak_mb"] > 100  # including the functions' processes
    assert {file.stem for file in (output.parent / "plots").iterdir()} == set(plots())
    assert emulators(tmp_path) == []


@pytest.mark.parametrize("kill", [subprocess.Popen.terminate, subprocess.Popen.kill])
def test_whatever_ends_it_ends_the_emulator(kill: Any, tmp_path: Path) -> None:
    """The emulator ends with the benchmark, even if the benchmark is killed."""
    process = start(tmp_path, "--only", "plain", "--tasks", "20")
    # Its record is written a moment after its start; without a record, nothing could find it.
    recorded = partial(tmp_path.rglob, "sandbox.json")
    eventually(lambda: emulators(tmp_path) and any(recorded()), what="the emulator runs")
    kill(process)
    process.communicate()
    assert process.returncode != 0
    eventually(lambda: not emulators(tmp_path), what="the emulator has ended")


@pytest.mark.parametrize(
    ("command", "timeout", "reason"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], 60, "it ended with status 3"),
        (["/nowhere/emulator"], 60, "No such file"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], 1, "not ready after 1 s"),
    ],
)
def test_an_emulator_that_does_not_start_says_why(
    command: list[str], timeout: float, reason: str, state_home: Path, tmp_path: Path
) -> None:
    """An emulator that does not start is reported in one line with its name and the reason."""
    with pytest.raises(EmulatorUnavailable, match=f"^Moon cannot be started: .*{reason}"):
        launch(
            title="Moon",
            command=command,
            environment=lambda identity, _: {IDENTITY: identity, "HOME": str(tmp_path)},
            port=ports.free(),
            health="/",
            timeout=timeout,
        )
    assert emulators(tmp_path) == []


def test_an_emulator_that_is_unknown_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown emulator is wrong usage, reported before any emulator is started."""
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "faultline,moon"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # handlers are this process's own
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err == (
        "bench: Invalid value: unknown emulator 'moon'; there are faultline, plain, ministack\n"
    )
