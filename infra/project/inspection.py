"""Import of a project's kinds of work in a separate process, with the functions' import paths.

The command's process does not have the project's libraries, and must survive a module that exits or never
finishes.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
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
"""Time limit of all imports. A module's own limit (`lambdas.work.discovery`) may be caught by its code."""
_HANDLERS = ("submit_task", "manage_tasks", "process_task", "monitor_dlq", "release_tasks")
_SCRIPT = Path(__file__).with_name("kinds_script.py")
_MISSING = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_STOPPED = re.compile(r"(?m)^(?:Timeout \(|Fatal Python error: ).*$")
"""First line of what `faulthandler` prints."""
_RAISED = re.compile(
    r"(?ms).*^Traceback \(most recent call last\):\n(?P<frames>(?: [^\n]*\n)+)(?P<error>[^\n]+)"
)
"""The last traceback of an exception, with the first line of the exception."""


@dataclass(frozen=True, kw_only=True)
class Roots:
    """The import locations of a function: its own packages by name, and folders of libraries."""

    packages: Mapping[str, Path]
    libraries: tuple[Path, ...]


def project_kinds(project: Project, roots: Roots, *, handlers: bool = True) -> Registry:
    """Import the kinds of a project, and optionally every handler with them.

    Args:
        project: The project.
        roots: Import locations.
        handlers: Whether to import the handlers.

    Returns:
        The registry of the built-in kinds and of the project's; the latter can be described, but not
        performed.

    Raises:
        InvalidProject: A module cannot be imported, or a kind is invalid. The message has the file and line.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, path in roots.packages.items():
            (Path(folder) / name).symlink_to(path)
        found = _run(project, folder, roots.libraries, _HANDLERS if handlers else ())
        if unusable := found["unusable"]:
            raise InvalidProject(
                "\n".join(_line(project, each["line"]) for each in unusable),
                traceback="\n".join(each["traceback"] for each in unusable if each["traceback"]).replace(
                    f"{folder}/", f"{project.folder}/"
                ),
            )
    return Registry([*BUILT_IN, *map(_described, found["kinds"])])


def _run(project: Project, folder: str, libraries: Iterable[Path], handlers: Iterable[str]) -> dict[str, Any]:
    path = "\n".join([folder, *map(str, libraries)])
    command = [sys.executable, "-I", "-S", str(_SCRIPT), path, " ".join(handlers), str(_MAX_SECONDS)]
    environment = {
        **project.environment,
        "STAGE": project.stage,
        PACKAGE_VARIABLE: project.kinds,
        "POWERTOOLS_DEV": "false",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 # ours
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise _ended(project, folder, done.stderr.strip(), done.returncode) from error
    return found


def _ended(project: Project, folder: str, said: str, status: int) -> InvalidProject:
    """Return the error for a process that ended before it had imported everything.

    Args:
        project: The project.
        folder: The folder from which the process imported the project's package.
        said: The process's output: the prints of the modules; then the traceback of `faulthandler`, the
            innermost frame first, if it was stopped at the limit or has crashed; or that of an exception, the
            innermost frame last.
        status: The exit status.
    """
    stopped = _STOPPED.search(said)
    raised = None if stopped else _RAISED.search(said)
    trace = said[stopped.start() :] if stopped else raised["frames"] if raised else ""
    package = f"{folder}/{project.kinds}/"
    own = [found for found in _FRAME.finditer(trace) if found["file"].startswith(package)]
    place = f"{project.package / '__init__.py'}:1"
    if own:
        innermost = own[0 if stopped else -1]
        place = f"{project.folder / Path(innermost['file']).relative_to(folder)}:{innermost['line']}"
    if stopped and stopped[0].startswith("Timeout"):
        return InvalidProject(f"{place}: does not finish importing in {_MAX_SECONDS} s")
    printed = said.splitlines() or [f"the process ends with status {status}"]
    reason = stopped[0] if stopped else raised["error"] if raised else printed[-1]
    return InvalidProject(f"{place}: cannot be imported: {reason}")


def _line(project: Project, said: str) -> str:
    """Return an error with the full path of its file, and a hint if a module is missing."""
    missing = _MISSING.search(said)
    hint = _hint(project, missing[1]) if missing else ""
    return f"{project.folder / said}{hint}" if said.startswith(project.kinds) else f"{said}{hint}"


def _hint(project: Project, module: str) -> str:
    """Return advice about a missing module, to follow the error; nothing for one of the package itself."""
    top = module.partition(".")[0]
    if top == project.kinds:
        return ""
    if top == "faultline":
        return "; kinds of work may import faultline.work only"
    beside = project.folder / top
    if (beside / "__init__.py").is_file() or beside.with_suffix(".py").is_file():
        return f"; move it into {project.package}, the only folder that is deployed"
    return f"; if it is a library, add it to {project.folder / 'requirements.in'} and run: faultline lock"


def _described(found: Mapping[str, Any]) -> Kind[Any]:
    """Return a kind with the same description as the one in the other process."""

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
    raise RuntimeError("a project's work runs only in its functions")
