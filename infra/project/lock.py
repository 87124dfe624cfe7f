"""A lock file for a project's libraries: versions and hashes for Lambda's platform.

Libraries that the functions already have keep their versions, and are not locked again.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from uv import find_uv_bin

from infra.deploy.installation import PYTHON, uv_environment
from infra.deploy.packaging import default_lock, lambda_platform
from infra.errors import InvalidProject
from infra.project.project import Project
from infra.stages import STAGES, Architecture, stage

WANTED = "requirements.in"
LOCKED = "requirements.txt"
_NAME = re.compile(r"(?m)^([A-Za-z0-9][A-Za-z0-9._-]*)==")
_NO_WHEEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*?)(?:[=<>!~]\S*)? (?:has|have) no (?:usable )?wheels")
_NOT_FOUND = re.compile(r"Because ([A-Za-z0-9._-]+) was not found in")
_AT = re.compile(r": \S*requirements\.in:(\d+):\d+$")
_HEAD = "# Locked by `faultline lock` from requirements.in. To change it, edit that file and lock again.\n"


def lock(project: Project) -> int:
    """Write a project's `requirements.txt` from its `requirements.in`, and return the number of libraries.

    Raises:
        InvalidProject: `requirements.in` is missing, or a library does not exist, has no wheel for Lambda's
            platform, or conflicts with one of the functions'. The message has the file and usually the line.
    """
    wanted = project.folder / WANTED
    if not wanted.exists():
        raise InvalidProject(
            f"{wanted}: is missing; list the libraries that your kinds import there, one per line"
        )
    texts = {_compiled(wanted, each) for each in _architectures()}
    # A lock for several architectures has the hashes of all; only the installed files differ.
    text = max(texts, key=len)
    (project.folder / LOCKED).write_text(_HEAD + text)
    return len(_NAME.findall(text))


def names(locked: Path) -> list[str]:
    """Return the names of the libraries in a lock."""
    return _NAME.findall(locked.read_text())


def _architectures() -> Iterable[Architecture]:
    return sorted({stage(name).architecture for name in STAGES})


def _compiled(wanted: Path, architecture: Architecture) -> str:
    given = default_lock()
    platform = lambda_platform(architecture)
    command = [
        find_uv_bin(),
        "pip",
        "compile",
        "--quiet",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
    ]
    command += ["--no-emit-index-url", "--only-binary", ":all:", "--python-version", PYTHON]
    command += ["--python-platform", str(platform.libc), "--constraint", str(given)]
    for name in names(given):
        command += ["--no-emit-package", name]
    done = subprocess.run(  # noqa: S603 # our own command
        [*command, str(wanted)], env=uv_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _refused(wanted, " ".join(done.stderr.split()).removeprefix("error: "), architecture)
    return (
        re.sub(r"(?m)^# The following packages were excluded.*\n(?:#.*\n)*", "", done.stdout).strip() + "\n"
    )


def _refused(wanted: Path, said: str, architecture: Architecture) -> InvalidProject:
    """Return the error for a message of uv, with the line of the library that it names."""
    if found := _NO_WHEEL.search(said):
        reason = (
            f"{found[1]} has no wheel for Lambda ({architecture}, Python {PYTHON}), and nothing is "
            "compiled here; choose another version, or another library"
        )
        return InvalidProject(f"{wanted}:{_line_of(wanted, found[1], said)}: {reason}")
    if found := _NOT_FOUND.search(said):
        return InvalidProject(f"{wanted}:{_line_of(wanted, found[1], said)}: there is no library {found[1]}")
    if found := _AT.search(said):
        return InvalidProject(f"{wanted}:{found[1]}: {said[: found.start()]}")
    return InvalidProject(f"{wanted}:{_line_of(wanted, '', said)}: {said}")


def _line_of(wanted: Path, name: str, said: str) -> int:
    """Return the line that names a library; else the first with a library in uv's message; else 1."""
    lines = [
        (number, _plain(given[1]))
        for number, text in enumerate(wanted.read_text().splitlines(), start=1)
        if (given := re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", text))
    ]
    spoken_of = {_plain(each) for each in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", said)}
    exactly = [number for number, given in lines if given == _plain(name)]
    return next(iter([*exactly, *(number for number, given in lines if given in spoken_of)]), 1)


def _plain(name: str) -> str:
    """Return a library's normalized name: https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()
