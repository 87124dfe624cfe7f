"""The project of a command: the current folder or its nearest parent with a `faultline.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from infra.project.environment import environment_of
from infra.project.permission import ProjectPermission, permission_of
from infra.project.secret import SecretSource, source_of
from infra.project.toml_file import TomlFile

FILE = "faultline.toml"
ENVIRONMENT = "environment"
"""Key of the table with environment variables, for all stages or within one of them."""
_KEYS = ("kinds", "environment", "stages", "permissions", "secrets")
_RESERVED = frozenset({"lambdas", "faultline"})


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project: a folder with a `faultline.toml`, and the settings in it.

    Attributes:
        folder: The folder of the `faultline.toml`.
        kinds: Name of the package with the kinds of work.
        permissions: Additional permissions of the kinds.
        secrets: Locations of the secrets' values, by name.
        stages: Settings of stages, by stage name.
        environment: Environment variables for the kinds, in `stage`.
        stage: Name of the stage.
    """

    folder: Path
    kinds: str
    permissions: tuple[ProjectPermission, ...] = ()
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    stage: str = "dev"

    @property
    def file(self) -> Path:
        """The path of the project's `faultline.toml`."""
        return self.folder / FILE

    @property
    def package(self) -> Path:
        """The folder of the package with the kinds of work."""
        return self.folder / self.kinds

    @property
    def lock(self) -> Path | None:
        """The project's locked requirements; None if there are none."""
        path = self.folder / "requirements.txt"
        return path if path.exists() else None

    @property
    def local_values(self) -> Path:
        """The file with the values of secrets for a sandbox."""
        return self.folder / ".env.local"

    def of_stage(self, stage: str) -> "Project":
        """Return the project with the environment variables of a stage added to the general ones."""
        own = self.stages.get(stage, {}).get(ENVIRONMENT, {})
        return replace(self, stage=stage, environment={**self.environment, **own})


def find(start: Path | None = None) -> Project | None:
    """Return the project that contains a folder, by default the current one; None if there is none.

    Raises:
        InvalidProject: The `faultline.toml` is invalid.
    """
    start = (start or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return read(folder)
    return None


def read(folder: Path) -> Project:
    """Read the project in a folder.

    Raises:
        InvalidProject: The `faultline.toml` is invalid.
    """
    file = TomlFile(folder / FILE)
    if unknown := [key for key in file.values if key not in _KEYS]:
        raise file.refused(f"unknown key {unknown[0]!r}; there are {', '.join(_KEYS)}", unknown[0])
    return Project(
        folder=folder,
        kinds=_kinds(file),
        permissions=tuple(
            permission_of(file, number, each) for number, each in enumerate(_tables(file, "permissions"))
        ),
        secrets={name: source_of(file, name, value) for name, value in _table(file, "secrets").items()},
        stages=_stages(file),
        environment=environment_of(file, file.values.get(ENVIRONMENT, {}), ENVIRONMENT),
    )


def _kinds(file: TomlFile) -> str:
    name = file.values.get("kinds")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise file.refused('kinds must name the package of your kinds of work, such as "tasks"', "kinds")
    if name in _RESERVED:
        raise file.refused(f"kinds must not be {name}, which is Faultline's own", "kinds")
    package = file.path.parent / name
    if not (package / "__init__.py").is_file():
        raise file.refused(f"there is no package {name}, with an __init__.py, in {file.path.parent}", "kinds")
    return name


def _stages(file: TomlFile) -> Mapping[str, Mapping[str, Any]]:
    stages = _table(file, "stages")
    for name, settings in stages.items():
        if not isinstance(settings, dict):
            raise file.refused(f"stages.{name} must be a table", "stages", name)
        environment_of(file, settings.get(ENVIRONMENT, {}), "stages", name, ENVIRONMENT)
    return stages


def _table(file: TomlFile, key: str) -> Mapping[str, Any]:
    found = file.values.get(key, {})
    if not isinstance(found, dict):
        raise file.refused(f"{key} must be a table", key)
    return found


def _tables(file: TomlFile, key: str) -> list[Mapping[str, Any]]:
    found = file.values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise file.refused(f"{key} must be tables: [[{key}]]", key)
    return found
