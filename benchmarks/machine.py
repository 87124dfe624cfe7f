"""The machine that the benchmark runs on."""

import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from lambdas.domain.serialization import rfc3339

_ROOT = Path(__file__).resolve().parents[1]


def describe() -> dict[str, Any]:
    """Return `{date, commit, cores, memoryGb, cpu, os, python}`; without git the commit is None."""
    return {
        "date": rfc3339(datetime.now(UTC)),
        "commit": _commit(),
        "cores": psutil.cpu_count(),
        "memoryGb": round(psutil.virtual_memory().total / 1e9, 1),
        "cpu": _cpu(),
        "os": _system(),
        "python": platform.python_version(),
    }


def _cpu() -> str:
    """Return the processor's name on Linux, and Python's description of it elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _system() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.system()} {platform.release()}"
    except (OSError, KeyError):
        return platform.platform()


def _commit() -> str | None:
    """Return the checkout's commit, marked as dirty if files have changed since; None if git fails."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
