"""A stage's settings in a project: Faultline's defaults, overridden by `[stages.<name>]`."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from infra.errors import InvalidProject, InvalidStage
from infra.project.project import ENVIRONMENT, FILE, Project
from infra.project.toml_file import TomlFile

if TYPE_CHECKING:
    from infra.stages import StageSettings

_OWN = frozenset({"name", "project"})


def in_project(settings: "StageSettings", project: Project, known: Mapping[str, object]) -> "StageSettings":
    """Return a stage's settings with a project's changes.

    Args:
        settings: Faultline's settings of the stage.
        project: The project.
        known: The existing stages, by name.

    Raises:
        InvalidProject: `faultline.toml` has an unknown stage, an unknown setting, or an invalid value.
    """
    file = TomlFile(project.folder / FILE)
    for name in project.stages:
        if name not in known:
            raise file.refused(f"unknown stage {name!r}; stages are {', '.join(known)}", "stages", name)
    own = project.stages.get(settings.name, {})
    given = {name: value for name, value in own.items() if name != ENVIRONMENT}
    path = ("stages", settings.name)
    changed = _changed(settings, given, file, path)
    try:
        return replace(settings, **changed, project=project.of_stage(settings.name))
    except InvalidStage as error:
        at = next((key for key in given if key in str(error)), "")
        raise file.refused(str(error), *path, at) from error


def place_of(settings: "StageSettings") -> str:
    """Return where a stage's settings are changed, for messages: in its project, or in Faultline itself."""
    return f"{FILE}, under [stages.{settings.name}]" if settings.project else "infra/stages.py"


def _changed(
    settings: Any, given: Mapping[str, Any], file: TomlFile, path: tuple[str, ...]
) -> dict[str, Any]:
    """Return the changed settings. Nested settings are changed one by one."""
    known = {each.name for each in fields(settings)} - _OWN
    changed = dict[str, Any]()
    for key, value in given.items():
        if key not in known:
            raise _unknown(file, path, key, known)
        present = getattr(settings, key)
        if is_dataclass(present) and isinstance(value, dict):
            inner = _changed(present, value, file, (*path, key))
            try:
                changed[key] = replace(present, **inner)  # type: ignore[type-var] # an instance
            except ValueError as error:
                reason = " ".join(str(error).split())
                raise file.refused(f"{'.'.join((*path, key))}: {reason}", *path, key) from error
        else:
            changed[key] = tuple(value) if isinstance(value, list) else value
    return changed


def _unknown(file: TomlFile, path: tuple[str, ...], key: str, known: set[str]) -> InvalidProject:
    from difflib import get_close_matches

    close = get_close_matches(key, known, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return file.refused(f"unknown setting {key!r} of {'.'.join(path)}{hint}", *path, key)
