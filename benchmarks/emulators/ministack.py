"""MiniStack, in a venv of its own: it needs another botocore than LocalStack.

It runs Python functions with the interpreter that runs it (ministack/core/lambda_runtime.py,
`_detect_runtime_binary`), so that the venv's Python, which is this one's, is the functions' as well.
Settings: its README, and `os.environ` in ministack/app.py and ministack/services/lambda_svc.py.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from troposphere import Template
from troposphere.cloudwatch import Alarm

from benchmarks.emulators import launcher
from benchmarks.emulators.emulator import Emulator
from benchmarks.errors import EmulatorUnavailable
from sandbox.process import launch
from sandbox.process.state_file import Sandbox

_TITLE = "MiniStack"
_ROOT = Path(__file__).resolve().parents[2]
_WANTED = _ROOT / "requirements" / "bench.in"
_LOCK = _ROOT / "requirements" / "bench.txt"
_VENV = _ROOT / "build" / "bench" / "ministack"


def start(port: int) -> Sandbox:
    """Start it. Raises EmulatorUnavailable, and what `record.locked` raises."""

    def environment(identity: str, volume: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(volume / "home"),
            "TMPDIR": str(volume / "tmp"),  # functions' code, its process file
            launch.IDENTITY: identity,
            "GATEWAY_PORT": str(port),
            "BIND_HOST": launch.HOST,
            "MINISTACK_HOST": launch.HOST,  # in the URLs that it hands out
            "LAMBDA_EXECUTOR": "local",  # processes, its default
            "LOG_LEVEL": "WARNING",  # as LocalStack's
        }

    return launcher.launch(
        title=_TITLE,
        command=[str(_VENV / "bin" / "ministack")],
        environment=environment,
        port=port,
        health="/_ministack/health",
    )


def install() -> None:
    """Make the venv, unless it is there already. Raises EmulatorUnavailable."""
    stamp, made_of = _VENV / ".made-of", _content()
    if stamp.exists() and stamp.read_text() == made_of:
        return
    pip = [str(_VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([sys.executable, "-m", "venv", "--clear", str(_VENV)])
    _run([*pip, "--no-deps", "--require-hashes", "--requirement", str(_LOCK)])
    stamp.write_text(made_of)


def _without_metric_math(stack: Template) -> None:
    """Take out the alarms that it refuses: "Properties.Metrics (metric math) is not supported"."""
    stack.resources = {
        name: resource
        for name, resource in stack.resources.items()
        if not (isinstance(resource, Alarm) and "Metrics" in resource.properties)
    }


def _content() -> str:
    return f"{sys.version} {sys.prefix} {hashlib.sha256(_LOCK.read_bytes()).hexdigest()}"


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    except subprocess.CalledProcessError as error:
        errors = [line for line in error.stderr.splitlines() if line.startswith("ERROR:")]
        reason = (errors or error.stderr.splitlines() or ["no message"])[0]
        raise EmulatorUnavailable(_TITLE, f"it cannot be installed: {reason}") from error
    except OSError as error:
        raise EmulatorUnavailable(_TITLE, f"it cannot be installed: {error}") from error


def _version() -> str:
    [pinned] = (line for line in _WANTED.read_text().splitlines() if line.startswith("ministack=="))
    return pinned.removeprefix("ministack==")


EMULATOR = Emulator(
    name="ministack",
    title=_TITLE,
    version=_version(),
    setup="MiniStack as it comes, from its lock (requirements/bench.txt) in a venv of its own, on the same "
    "Python, with functions as processes, which is its default; logs warnings only, as the others. Without "
    "the stack's alarms by metric math, which it cannot deploy.",
    install=install,
    start=start,
    adapt=_without_metric_math,
)
