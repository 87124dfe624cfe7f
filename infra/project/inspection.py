"""Importing a project's kinds of work as its functions do, in a process of their own.

The command's process does not have the project's libraries, and must survive a module that exits or never
ends.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import InvalidProject
from infra.project.project import Project
from lambdas.domain.category import Category
from lambdas.domain.retry import RetryPolicy
from lambdas.work.kinds import BUILT_IN, PACKAGE_VARIABLE
from lambdas.work.registry import Kind, Payload, Registry

_MAX_SECONDS = 60
_HANDLERS = ("submit_task", "manage_tasks", "process_task", "monitor_dlq", "release_tasks")
_CODE = """
import json, sys, traceback
from dataclasses import asdict
sys.path[:0] = sys.argv[1].split("\\n")
said, sys.stdout = sys.stdout, sys.stderr
from lambdas.work.kinds import BUILT_IN, KINDS
found = {"unusable": [str(each) for each in KINDS.unusable], "kinds": []}
for each in KINDS:
    if each in BUILT_IN:
        continue
    found["kinds"].append({
        "name": each.name, "retry": asdict(each.retry), "timeout": each.timeout,
        "retry_on": {category: asdict(policy) for category, policy in each.retry_on.items()},
        "dependency": each.dependency is not None,
        "model": each.payload.__name__, "payload": each.payload.model_json_schema(),
    })
try:
    from importlib import import_module
    for name in sys.argv[2].split():
        import_module(f"lambdas.{name}.handler")
except Exception as error:
    found["unusable"].append("".join(traceback.format_exception_only(error)).strip())
said.write(json.dumps(found))
said.flush()
"""


@dataclass(frozen=True, kw_only=True)
class Roots:
    """What a function imports from: its own packages by name, and the folders of libraries."""

    packages: Mapping[str, Path]
    libraries: tuple[Path, ...]


def project_kinds(project: Project, roots: Roots) -> Registry:
    """Import the kinds of a project, and every handler with them.

    Returns:
        The registry of the built-in kinds and of the project's; these can be described, but not performed.

    Raises:
        InvalidProject: If a module cannot be imported, or a kind is wrong; the message has the file and line.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, path in roots.packages.items():
            (Path(folder) / name).symlink_to(path)
        found = _run(project, [folder, *map(str, roots.libraries)])
    if found["unusable"]:
        raise InvalidProject("\n".join(_line(project, each) for each in found["unusable"]))
    return Registry([*BUILT_IN, *map(_described, found["kinds"])])


def _run(project: Project, path: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-I", "-S", "-c", _CODE, "\n".join(path), " ".join(_HANDLERS)]
    try:
        done = subprocess.run(  # noqa: S603 # our own command
            command,
            env={
                PACKAGE_VARIABLE: project.kinds,
                "POWERTOOLS_DEV": "false",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_DEFAULT_REGION": "us-east-1",
            },
            capture_output=True,
            text=True,
            timeout=_MAX_SECONDS,
            check=False,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise InvalidProject(f"{project.package}:1: does not finish importing") from error
    except ValueError as error:
        last = (done.stderr.strip() or f"it ends with status {done.returncode}").splitlines()[-1]
        raise InvalidProject(f"{project.package}:1: cannot be imported: {last}") from error
    return found


def _line(project: Project, said: str) -> str:
    """Return an error with its file as seen from the current folder, and what to do about it."""
    hint = ""
    if "ModuleNotFoundError" in said:
        hint = f"; if it is a library, add it to {project.folder / 'requirements.in'} and run: faultline lock"
    return f"{project.folder / said}{hint}" if said.startswith(project.kinds) else f"{said}{hint}"


def _described(found: Mapping[str, Any]) -> Kind[Any]:
    """Return a kind that can be described as the one in the other process."""

    def schema(_model: Any, /, ref_template: str = "#/$defs/{model}", **_: object) -> Any:
        text = json.dumps(found["payload"])
        return json.loads(
            re.sub(r'"#/\$defs/([^"]+)"', lambda name: json.dumps(ref_template.format(model=name[1])), text)
        )

    model = type(found["model"], (Payload,), {"model_json_schema": classmethod(schema)})
    return Kind(
        name=found["name"],
        payload=model,
        perform=_elsewhere,
        retry=RetryPolicy(**found["retry"]),
        retry_on={Category(name): RetryPolicy(**policy) for name, policy in found["retry_on"].items()},
        dependency=str if found["dependency"] else None,
        timeout=found["timeout"],
    )


def _elsewhere(_payload: Any, _context: Any) -> None:
    raise NotImplementedError("a project's work is performed by its functions")
