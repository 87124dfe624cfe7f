"""LocalStack's environment when Faultline is installed as a tool: created on first use in the user's cache.

A checkout has its own, created by `scripts/setup`. An installed Faultline includes the lock of LocalStack's
libraries and the plug-ins' source.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.process.errors import InstallationFailed
from sandbox.process.paths import cache_dir

_ROOT = Path(__file__).resolve().parents[2]
_LOCK = _ROOT / "infra" / "requirements" / "sandbox.txt"
_PLUGINS = _ROOT / "infra" / "localstack" / "sandbox"
"""The plug-ins' source. Like the lock, it exists only in an installed wheel."""
_MADE = ".made"


def is_installed_as_a_tool() -> bool:
    """Return whether this is an installed Faultline rather than a checkout."""
    return _LOCK.exists() and _PLUGINS.exists()


def environment() -> Path:
    """Return the folder of LocalStack's environment, which may not exist yet."""
    digest = hashlib.sha256(_LOCK.read_bytes())
    for path in sorted(_PLUGINS.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".toml"):
            digest.update(path.relative_to(_PLUGINS).as_posix().encode() + path.read_bytes())
    return cache_dir() / "localstack" / digest.hexdigest()[:16]


def is_made() -> bool:
    """Return whether LocalStack's environment is complete."""
    return (environment() / _MADE).exists()


def make() -> None:
    """Create LocalStack's environment, unless it exists. Concurrent processes create it once.

    Raises:
        InstallationFailed: uv cannot install LocalStack; the next call tries again.
    """
    folder = environment()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_made():
            return
        shutil.rmtree(folder, ignore_errors=True)
        # Next to the environment, since the plug-ins' entry points are written when they are installed.
        source = folder.with_suffix(".source") / "sandbox"
        shutil.rmtree(source.parent, ignore_errors=True)
        shutil.copytree(_PLUGINS, source)
        python = str(folder / "bin" / "python")
        _uv("venv", "--quiet", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--quiet", "--python", python, "--require-hashes", "--requirement", str(_LOCK))
        _uv(
            *("pip", "install", "--quiet", "--python", python, "--no-deps", "--no-build-isolation"),
            *("--editable", str(source)),
        )
        (folder / _MADE).touch()


def _uv(*words: str) -> None:
    # Imported late: LocalStack's environment, in which this module is imported too, has neither.
    from uv import find_uv_bin

    from infra.deploy.installation import uv_environment

    try:
        done = subprocess.run(  # noqa: S603 # our own command
            [find_uv_bin(), *words],
            capture_output=True,
            text=True,
            check=False,
            env=uv_environment(),
        )
    except OSError as error:
        raise InstallationFailed(str(error)) from error
    if done.returncode:
        raise InstallationFailed(" ".join(done.stderr.split()).removeprefix("error: ") or "no message")
