"""MiniStack, installed in a virtual environment of its own.

It runs Python functions with its own interpreter (ministack/core/lambda_runtime.py,
`_detect_runtime_binary`), so the functions run on the same Python as the benchmark. Its README describes
its settings; ministack/app.py and ministack/services/lambda_svc.py read them from `os.environ`.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from troposphere import Template
from troposphere.cloudwatch import Alarm
from uv import find_uv_bin

from benchmarks.emulators import launcher
from benchmarks.emulators.emulator import Emulator
from benchmarks.errors import EmulatorUnavailable
from infra.deploy.installation import uv_environment
from sandbox.process import launch
from sandbox.process.state_file import Sandbox

_TITLE = "MiniStack"
_ROOT = Path(__file__).resolve().parents[2]
_WANTED = _ROOT / "requirements" / "bench.in"
_LOCK = _ROOT / "requirements" / "bench.txt"
_VENV = _ROOT / "build" / "bench" / "ministack"


def start(port: int) -> Sandbox:
    """Start MiniStack (see `launcher.launch`)."""

    def environment(identity: str, volume: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(volume / "home"),
            "TMPDIR": str(volume / "tmp"),  # for the functions' code and its process file
            launch.IDENTITY: identity,
            "GATEWAY_PORT": str(port),
            "BIND_HOST": launch.HOST,
            "MINISTACK_HOST": launch.HOST,  # in the URLs that it returns
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
    """Install MiniStack unless it is installed.

    Raises:
        EmulatorUnavailable: If the installation fails.
    """
    stamp, made_of = _VENV / ".made-of", _content()
    if stamp.exists() and stamp.read_text() == made_of:
        return
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(_VENV))
    # Compiled now, as a start is measured.
    options = ["--quiet", "--no-deps", "--require-hashes", "--compile-bytecode"]
    python = str(_VENV / "bin" / "python")
    _uv("pip", "install", *options, "--python", python, "--requirement", str(_LOCK))
    stamp.write_text(made_of)


def _without_metric_math(stack: Template) -> None:
    """Remove alarms on metric math, which MiniStack refuses as not supported."""
    stack.resources = {
        name: resource
        for name, resource in stack.resources.items()
        if not (isinstance(resource, Alarm) and "Metrics" in resource.properties)
    }


def _content() -> str:
    return f"{sys.version} {sys.prefix} {hashlib.sha256(_LOCK.read_bytes()).hexdigest()}"


def _uv(*words: str) -> None:
    command = [find_uv_bin(), *words]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command, env=uv_environment(), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise EmulatorUnavailable(_TITLE, f"it cannot be installed: {error}") from error
    if done.returncode:
        reason = " ".join(done.stderr.split()).removeprefix("error: ") or "no message"
        raise EmulatorUnavailable(_TITLE, f"it cannot be installed: {reason}")


def _version() -> str:
    [pinned] = (line for line in _WANTED.read_text().splitlines() if line.startswith("ministack=="))
    return pinned.removeprefix("ministack==")


EMULATOR = Emulator(
    name="ministack",
    title=_TITLE,
    version=_version(),
    setup="MiniStack with its default settings, from its lock (requirements/bench.txt), on the same Python. "
    "Functions are processes, which is its default; like the others it logs warnings only. The stack lacks "
    "its alarms on metric math, which MiniStack cannot deploy.",
    install=install,
    start=start,
    adapt=_without_metric_math,
)
