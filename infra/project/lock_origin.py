"""The origin of a lock: digests, in its first lines, of what it was made from.

Without them, a lock that is out of date would show only when a library is missing in a function.
"""

import hashlib
import re
from pathlib import Path

from infra.errors import InvalidProject
from infra.project.project import Project

WANTED, LOCKED = "requirements.in", "requirements.txt"
WANTED_FOR_TESTS, LOCKED_FOR_TESTS = "requirements-dev.in", "requirements-dev.txt"
_ADVICE = "run: faultline lock"
_DIGITS = 16
_ORIGIN = re.compile(
    rf"(?m)^# Made from \S+ (?P<wanted>[0-9a-f]{{{_DIGITS}}}), "
    rf"Faultline's libraries (?P<given>[0-9a-f]{{{_DIGITS}}})$"
)
_VERSION = re.compile(r"(?m)^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)")


def head(wanted: Path, given: Path) -> str:
    """Return the first lines of a lock.

    Args:
        wanted: The file with the wanted libraries.
        given: The lock of the functions' own libraries, whose versions the new lock accepts.
    """
    return (
        f"# Locked by `faultline lock` from {wanted.name}. To change it, edit that file and lock again.\n"
        f"# Made from {wanted.name} {_digest(_lines(wanted))}, "
        f"Faultline's libraries {_digest(_pairs(given))}\n"
    )


def check_lock(project: Project, given: Path, *, wanted: str = WANTED, locked: str = LOCKED) -> str:
    """Check whether a project's lock is up to date. A lock made by other means is accepted.

    Args:
        project: The project.
        given: The lock of the functions' own libraries.
        wanted: Name of the file with the wanted libraries, which need not exist.
        locked: Name of the lock, which need not exist.

    Returns:
        A notice if the functions' libraries have changed since; else an empty string.

    Raises:
        InvalidProject: The wanted libraries have changed since, or the lock has another version of a library
            that the functions have by now.
    """
    source, lock = project.folder / wanted, project.folder / locked
    lines = _lines(source) if source.exists() else []
    if not lock.exists():
        if lines:
            raise InvalidProject(f"{lock}: is missing, and {wanted} lists libraries; {_ADVICE}")
        return ""
    origin = _ORIGIN.search(lock.read_text())
    if origin is None:
        return ""
    if source.exists() and origin["wanted"] != _digest(lines):
        raise InvalidProject(f"{lock}: was made for another {wanted}; {_ADVICE}")
    if origin["given"] == _digest(_pairs(given)):
        return ""
    own, functions = versions(lock), versions(given)
    for name in sorted(own.keys() & functions.keys()):
        if own[name] != functions[name]:
            raise InvalidProject(
                f"{lock}: has {name} {own[name]}, but this version of Faultline {functions[name]}; {_ADVICE}"
            )
    return f"{lock} was made for another version of Faultline; {_ADVICE}"


def versions(locked: Path) -> dict[str, str]:
    """Return the versions of the libraries in a lock, by name."""
    return {found["name"]: found["version"] for found in _VERSION.finditer(locked.read_text())}


def _lines(wanted: Path) -> list[str]:
    """Return the lines of a file of requirements, without comments and blank lines."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in wanted.read_text().splitlines())
    return [line for line in lines if line]


def _pairs(locked: Path) -> list[str]:
    return sorted(f"{name}=={version}" for name, version in versions(locked).items())


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_DIGITS]
