"""`faultline test`: run a project's tests."""

import importlib.util
import os
import subprocess
import sys
from typing import Annotated

import typer

from faultline.cli.command_failure import CommandFailed
from infra.deploy.installation import unpacked
from infra.deploy.packaging import default_cache, local_platform
from infra.project.project import FILE, find
from infra.stages import DEFAULT_STAGE

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("test", context_settings={"ignore_unknown_options": True})
def test(
    arguments: Annotated[list[str] | None, typer.Argument(help="Arguments for pytest.")] = None,
) -> None:
    """Run pytest with the same libraries as the project's functions."""
    project = find()
    if project is None:
        raise CommandFailed(f"there is no {FILE} here or above; to create one: faultline init DIR")
    if importlib.util.find_spec("pytest") is None:
        raise CommandFailed(f"pytest is missing; to install it: {sys.executable} -m pip install pytest")
    path = [str(project.folder)]
    if project.lock:
        path.append(str(unpacked(local_platform(), project.lock, default_cache())))
    variables = {"STAGE": DEFAULT_STAGE, **project.of_stage(DEFAULT_STAGE).environment}
    command = [sys.executable, "-m", "pytest", "--rootdir", str(project.folder), *(arguments or ())]
    done = subprocess.run(  # noqa: S603 # our own command
        command,
        cwd=project.folder,
        env={
            "AWS_DEFAULT_REGION": "us-east-1",
            **variables,
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path),
        },
        check=False,
    )
    raise typer.Exit(done.returncode)
