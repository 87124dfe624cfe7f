"""Versions of the files of a project's package, and a wait for their change."""

import time
from contextlib import suppress
from pathlib import Path

LOOK_SECONDS = 0.5

type Versions = dict[Path, tuple[int, int]]
"""Size and modification time of each file."""


def versions(package: Path) -> Versions:
    """Return sizes and modification times of a package's modules, and of its lists of libraries beside it."""
    found: Versions = {}
    lists = (package.parent / name for name in ("requirements.in", "requirements.txt"))
    for path in (*package.rglob("*.py"), *lists):
        with suppress(FileNotFoundError):  # an editor is replacing it
            status = path.stat()
            found[path] = (status.st_size, status.st_mtime_ns)
    return found


def changed(before: Versions, now: Versions) -> list[Path]:
    """Return the files that were changed, added or removed, sorted by name."""
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


def until_changed(package: Path, before: Versions) -> list[Path]:
    """Wait until some files have changed, and return them."""
    while not (found := changed(before, versions(package))):
        time.sleep(LOOK_SECONDS)
    return found
