"""Hot reload: functions run a package from disk instead of the one in their artifact.

LocalStack offers hot reloading for functions in containers by mounting their code
(https://docs.localstack.cloud/aws/tooling/lambda-tools/hot-reloading/); here the executor links the package
into the task root.
"""

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "FAULTLINE_RELOAD"
"""The variable in LocalStack's environment with the package's path. Without it nothing is reloaded."""

type Version = frozenset[tuple[str, int, int]]


@dataclass(frozen=True)
class LivePackage:
    """A package or module that is being edited."""

    path: Path

    def version(self) -> Version:
        """Return the package's version: the name, size and modification time of each source file."""
        files = self.path.rglob("*.py") if self.path.is_dir() else [self.path]
        found = set[tuple[str, int, int]]()
        for file in files:
            try:
                status = file.stat()
            except FileNotFoundError:  # an editor is replacing it
                continue
            found.add((str(file), status.st_size, status.st_mtime_ns))
        return frozenset(found)

    def over(self, task_root: Path, folder: Path) -> Path:
        """Make `folder` a task root of links to this package and to the rest of `task_root`."""
        folder.mkdir()
        for entry in task_root.iterdir():
            (folder / entry.name).symlink_to(self.path if entry.name == self.path.name else entry)
        return folder


def live_package() -> LivePackage | None:
    """Return the package to reload, or None."""
    path = os.environ.get(VARIABLE)
    return LivePackage(Path(path)) if path else None


def without_bytecode(scratch: Path) -> dict[str, str]:
    """Return variables that keep Python from reading and writing bytecode.

    Bytecode of a file that was changed twice within a second, with the same size, seems current (PEP 552).
    """
    return {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}
