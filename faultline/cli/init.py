"""`faultline init`: make a project."""

from pathlib import Path
from typing import Annotated

import typer

from faultline.cli.calls import CommandFailed
from faultline.cli.display import say

STARTER = Path(__file__).resolve().parents[1] / "starter"
"""The files of a new project, as they are."""
_DOT = "dot-"
"""Begins a name that begins with a dot in the project."""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make, or an empty one.")],
) -> None:
    """Make a folder with one kind of work, its tests, a workflow and a README; all of it works as it is."""
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
