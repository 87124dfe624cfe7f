"""Additional permissions of a project's kinds of work: `[[permissions]]` in `faultline.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.project.toml_file import TomlFile

_KEYS = ("actions", "resources", "reason")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*?]+")
PLACES = ("partition", "region", "account", "stage", "stack")
"""The placeholders that a resource may contain in braces."""


@dataclass(frozen=True, kw_only=True)
class ProjectPermission:
    """Actions on resources, whose ARNs may contain PLACES in braces.

    Attributes:
        reason: The reason for a wildcard; empty if there is none.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    reason: str = ""


def permission_of(file: TomlFile, number: int, given: Mapping[str, Any]) -> ProjectPermission:
    """Read one table of `[[permissions]]`.

    Raises:
        InvalidProject: The table is invalid, or has a wildcard without a reason.
    """

    def refused(reason: str, *keys: str) -> Exception:
        return file.refused(reason, "permissions", number, *keys)

    if unknown := [key for key in given if key not in _KEYS]:
        raise refused(f"unknown key {unknown[0]!r} of a permission; there are {', '.join(_KEYS)}", unknown[0])
    found = dict[str, tuple[str, ...]]()
    for key in ("actions", "resources"):
        values = given.get(key)
        if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
            raise refused(f"a permission needs {key}, a list of strings", key)
        found[key] = tuple(values)
    reason = given.get("reason", "")
    if not isinstance(reason, str):
        raise refused("the reason of a permission must be a string", "reason")
    for action in found["actions"]:
        if not _ACTION.fullmatch(action):
            raise refused(f"{action!r} is not an IAM action such as s3:PutObject", "actions")
    for resource in found["resources"]:
        if resource != "*" and not resource.startswith("arn:"):
            raise refused(f"{resource!r} is not an ARN", "resources")
        if unknown_places := [each for each in re.findall(r"{(.*?)}", resource) if each not in PLACES]:
            places = ", ".join(f"{{{each}}}" for each in PLACES)
            raise refused(f"unknown {{{unknown_places[0]}}} in a resource; there are {places}", "resources")
    for key, values in found.items():
        wild = [each for each in values if "*" in each or "?" in each]
        if wild and not reason.strip():
            raise refused(f'{wild[0]} has a wildcard; add a reason = "..." that says why', key)
    return ProjectPermission(actions=found["actions"], resources=found["resources"], reason=reason.strip())
