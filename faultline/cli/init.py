"""`faultline init`: create a project."""

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
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to create, or an empty one.")],
) -> None:
    """Create a working project with one kind of work, its tests, a workflow and a README."""
    if folder.exists() and any(folder.iterdir()):
        raise CommandFailed(f"{folder} is not empty")
    for source in sorted(STARTER.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            parts = [
                f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part
                for part in source.relative_to(STARTER).parts
            ]
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    say(f"made {folder}; next: cd {folder} && faultline test && faultline up --reload")
