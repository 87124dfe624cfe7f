"""Lock files for a project's libraries: versions and hashes, for Lambda's platform or for its tests.

Libraries that the functions already have keep their versions, and are not locked again.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from uv import find_uv_bin

from infra.deploy.installation import PYTHON, uv_environment
from infra.deploy.packaging import default_lock, lambda_platform
from infra.errors import InvalidProject
from infra.project.lock_origin import (
    LOCKED,
    LOCKED_FOR_TESTS,
    WANTED,
    WANTED_FOR_TESTS,
    head,
    versions,
)
from infra.project.project import Project
from infra.stages import STAGES, Architecture, stage

_PINNED = re.compile(r"(?m)^[A-Za-z0-9][A-Za-z0-9._-]*==[^\\\n]+")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_NO_WHEEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*?)(?:[=<>!~]\S*)? (?:has|have) no (?:usable )?wheels")
_NOT_FOUND = re.compile(r"Because ([A-Za-z0-9._-]+) was not found in")
_AT = re.compile(r": \S*requirements(?:-dev)?\.in:(\d+):\d+$")
_OWN = frozenset({"faultline", "lambdas"})


def lock(project: Project, *, upgrade: bool = False) -> int:
    """Write a project's `requirements.txt` from its `requirements.in`, and return the number of libraries.

    Args:
        project: The project.
        upgrade: Whether to lock the latest versions, instead of keeping those in the lock where possible.

    Raises:
        InvalidProject: `requirements.in` is missing, or a library does not exist, has no wheel for Lambda's
            platform, has a name of Faultline's or of the project's own package, or conflicts with one of the
            functions'. The message has the file and usually the line.
    """
    wanted = project.folder / WANTED
    if not wanted.exists():
        raise InvalidProject(
            f"{wanted}: is missing; list the libraries that your kinds import there, one per line"
        )
    _refuse_own_names(project, wanted)
    given = default_lock()
    before = None if upgrade else project.lock
    texts = {_for_lambda(wanted, given, before, each) for each in _architectures()}
    # A lock for several architectures has the hashes of all; only the installed files differ.
    text = max(texts, key=len)
    (project.folder / LOCKED).write_text(head(wanted, given) + text)
    return len(names(project.folder / LOCKED))


def lock_for_tests(project: Project, *, upgrade: bool = False) -> int | None:
    """Write a project's `requirements-dev.txt`, and return the number of libraries; None if there are none.

    The libraries in `requirements-dev.in` are only for tests, and are locked for all systems.

    Args:
        project: The project.
        upgrade: See `lock`.

    Raises:
        InvalidProject: See `lock`.
    """
    wanted, locked = project.folder / WANTED_FOR_TESTS, project.folder / LOCKED_FOR_TESTS
    if not wanted.exists():
        return None
    _refuse_own_names(project, wanted)
    given = [default_lock(), *([project.lock] if project.lock else [])]
    before = None if upgrade or not locked.exists() else locked
    text = _compiled(wanted, given, before, ["--universal"], f"Python {PYTHON}")
    locked.write_text(head(wanted, default_lock()) + text)
    return len(names(locked))


def names(locked: Path) -> list[str]:
    """Return the names of the libraries in a lock."""
    return [*versions(locked)]


def _architectures() -> Iterable[Architecture]:
    return sorted({stage(name).architecture for name in STAGES})


def _for_lambda(wanted: Path, given: Path, before: Path | None, architecture: Architecture) -> str:
    platform = lambda_platform(architecture)
    where = f"Lambda ({architecture}, Python {PYTHON})"
    return _compiled(wanted, [given], before, ["--python-platform", str(platform.libc)], where)


def _compiled(
    wanted: Path, given: Iterable[Path], before: Path | None, options: Iterable[str], where: str
) -> str:
    """Return the lines of a lock.

    Args:
        wanted: The file with the wanted libraries.
        given: Locks of libraries that are there anyway, and keep their versions.
        before: A lock with versions to keep where possible.
        options: uv's options for the platform.
        where: The platform in the text of an error.
    """
    command = [
        find_uv_bin(),
        "pip",
        "compile",
        "--quiet",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
    ]
    command += ["--no-emit-index-url", "--only-binary", ":all:", "--python-version", PYTHON, *options]
    for each in given:
        command += ["--constraint", str(each)]
        for name in names(each):
            command += ["--no-emit-package", name]
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / LOCKED
        if before:  # uv keeps the versions in the file that it is to write
            draft.write_text("\n".join(each.strip() for each in _PINNED.findall(before.read_text())))
        done = subprocess.run(  # noqa: S603 # our own command
            [*command, "--output-file", str(draft), str(wanted)],
            env=uv_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise _refused(wanted, " ".join(done.stderr.split()).removeprefix("error: "), where)
        text = draft.read_text() if draft.exists() else ""
    return re.sub(r"(?m)^# The following packages were excluded.*\n(?:#.*\n)*", "", text).strip() + "\n"


def _refuse_own_names(project: Project, wanted: Path) -> None:
    for number, name in _requirements(wanted):
        if name in _OWN:
            raise InvalidProject(f"{wanted}:{number}: {name} is in every function anyway; remove the line")
        if name == _plain(project.kinds):
            raise InvalidProject(
                f"{wanted}:{number}: {name} is the name of your own package, which would hide the library"
            )


def _refused(wanted: Path, said: str, where: str) -> InvalidProject:
    """Return the error for a message of uv, with the line of the library that it names."""
    if found := _NO_WHEEL.search(said):
        reason = (
            f"{found[1]} has no wheel for {where}, and nothing is compiled here; choose another version, "
            "or another library"
        )
        return InvalidProject(f"{wanted}:{_line_of(wanted, found[1], said)}: {reason}")
    if found := _NOT_FOUND.search(said):
        return InvalidProject(f"{wanted}:{_line_of(wanted, found[1], said)}: there is no library {found[1]}")
    if found := _AT.search(said):
        return InvalidProject(f"{wanted}:{found[1]}: {said[: found.start()]}")
    return InvalidProject(f"{wanted}:{_line_of(wanted, '', said)}: {said}")


def _line_of(wanted: Path, name: str, said: str) -> int:
    """Return the line that names a library; else the first with a library in uv's message; else 1."""
    lines = _requirements(wanted)
    spoken_of = {_plain(each) for each in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", said)}
    exactly = [number for number, given in lines if given == _plain(name)]
    return next(iter([*exactly, *(number for number, given in lines if given in spoken_of)]), 1)


def _requirements(wanted: Path) -> list[tuple[int, str]]:
    """Return the libraries that a file lists, by the numbers of their lines."""
    return [
        (number, _plain(given[1]))
        for number, text in enumerate(wanted.read_text().splitlines(), start=1)
        if (given := _NAME.match(text))
    ]


def _plain(name: str) -> str:
    """Return a library's normalized name: https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()
