"""Hot reload: functions run a package as it is on disk now, in place of the one in their artifact.

LocalStack has hot reloading for functions in containers, whose code it mounts
(https://docs.localstack.cloud/aws/tooling/lambda-tools/hot-reloading/); here it is the executor's.
"""

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "FAULTLINE_RELOAD"
"""LocalStack's environment names the package by its path; without it nothing is reloaded."""

type Version = frozenset[tuple[str, int, int]]


@dataclass(frozen=True)
class LivePackage:
    """A package, or a module, that somebody edits."""

    path: Path

    def version(self) -> Version:
        """What tells one state of it from another: each source file's name, size and time of change."""
        files = self.path.rglob("*.py") if self.path.is_dir() else [self.path]
        found = set[tuple[str, int, int]]()
        for file in files:
            try:
                status = file.stat()
            except FileNotFoundError:  # an editor is just replacing it
                continue
            found.add((str(file), status.st_size, status.st_mtime_ns))
        return frozenset(found)

    def over(self, task_root: Path, folder: Path) -> Path:
        """Make `folder` a task root of links: this package, and all else as in `task_root`."""
        folder.mkdir()
        for entry in task_root.iterdir():
            (folder / entry.name).symlink_to(self.path if entry.name == self.path.name else entry)
        return folder


def live_package() -> LivePackage | None:
    """The package that is to be reloaded, if any is."""
    path = os.environ.get(VARIABLE)
    return LivePackage(Path(path)) if path else None


def without_bytecode(scratch: Path) -> dict[str, str]:
    """The environment in which a function finds and leaves no bytecode: Python tells that of a file that was
    changed twice within a second, and kept its size, not from a current one (PEP 552)."""
    return {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}
