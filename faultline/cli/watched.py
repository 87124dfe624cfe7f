"""The files that decide whether a project's kinds can be imported, watched for changes."""

import time
from contextlib import suppress
from pathlib import Path

LOOK_SECONDS = 0.5

type Versions = dict[Path, tuple[int, int]]
"""The size and time of change of each file."""


def versions(package: Path) -> Versions:
    """Return the versions of a package's modules, and of the lock beside it."""
    found: Versions = {}
    for path in (*package.rglob("*.py"), package.parent / "requirements.txt"):
        with suppress(FileNotFoundError):  # an editor is replacing it
            status = path.stat()
            found[path] = (status.st_size, status.st_mtime_ns)
    return found


def changed(before: Versions, now: Versions) -> list[Path]:
    """Return the files that were changed, added or removed, in the order of their names."""
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


def until_changed(package: Path, before: Versions) -> list[Path]:
    """Wait until a file is another one than before, and return those that are."""
    while not (found := changed(before, versions(package))):
        time.sleep(LOOK_SECONDS)
    return found
