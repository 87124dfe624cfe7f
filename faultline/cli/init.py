"""`faultline init`: create a project."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say

STARTER = Path(__file__).resolve().parents[1] / "starter"
"""Folder with the files of a new project."""
_DOT = "dot-"
"""Prefix that stands for the leading dot of a file name."""


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to create, or an existing one, such as a new clone.")
    ],
) -> None:
    """Create a working project with one kind of work, its tests, a workflow and a README."""
    if folder.exists() and not folder.is_dir():
        raise CommandFailed(f"{folder} is not a folder")
    files = {
        _target(folder, source): source
        for source in sorted(STARTER.rglob("*"))
        if source.is_file() and "__pycache__" not in source.parts
    }
    if present := [target for target in files if target.exists()]:
        raise CommandFailed(f"{present[0]} exists, so nothing was written; rename it, or name another folder")
    for target, source in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    say(f"made {folder}; next: cd {shlex.quote(str(folder))} && faultline test && faultline up --reload")


def _target(folder: Path, source: Path) -> Path:
    """Return the path of one of the starter's files in a new project."""
    parts = source.relative_to(STARTER).parts
    return folder.joinpath(
        *(f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part for part in parts)
    )
