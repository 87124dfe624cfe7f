"""`faultline test`: run a project's tests."""

import importlib.util
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from uv import find_uv_bin

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say
from infra.deploy.installation import unpacked
from infra.deploy.packaging import default_cache, default_lock, local_platform
from infra.project.lock_origin import LOCKED, LOCKED_FOR_TESTS, WANTED, WANTED_FOR_TESTS, check_lock
from infra.project.project import FILE, Project, find
from infra.stages import DEFAULT_STAGE

_OF_AN_ACCOUNT = frozenset(
    {
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_ACCOUNT_ID",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    }
)
_MADE_UP = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
# The files in which pytest looks for its settings: https://docs.pytest.org/en/stable/reference/customize.html
_PYTEST_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")
_FILES_WITH_A_TABLE_FOR_PYTEST = ("pyproject.toml", "tox.ini", "setup.cfg")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("test", context_settings={"ignore_unknown_options": True})
def test(
    arguments: Annotated[list[str] | None, typer.Argument(help="Arguments for pytest.")] = None,
) -> None:
    """Run pytest with the same libraries as the project's functions.

    Without arguments, this runs all tests of the project. Paths are relative to the current folder.
    """
    project = find()
    if project is None:
        raise CommandFailed(f"there is no {FILE} here or above; to create one: faultline init DIR")
    if importlib.util.find_spec("pytest") is None:
        raise CommandFailed(f"pytest is missing; {_advice()}")
    command = [sys.executable, "-m", "pytest", *_pytest_options(project.folder), *(arguments or ())]
    environment = {
        "STAGE": DEFAULT_STAGE,
        **project.of_stage(DEFAULT_STAGE).environment,
        **without_account(os.environ),
        "PYTHONPATH": os.pathsep.join(map(str, _path(project))),
    }
    if not arguments:
        os.chdir(project.folder)
    # In this process, which would otherwise end, if it is interrupted, before the tests' sandbox is stopped.
    os.execve(command[0], command, environment)  # noqa: S606 # our own command


def _pytest_options(folder: Path) -> list[str]:
    """Return options with which pytest takes its settings and conftest.py from the project alone.

    Pytest would search the parents of a project without settings: a project in a checkout of Faultline would
    be tested with Faultline's own, and without its fixtures.
    """
    options = ["--rootdir", str(folder), "--confcutdir", str(folder)]
    return options if _has_pytest_settings(folder) else [*options, "-c", os.devnull]


def _has_pytest_settings(folder: Path) -> bool:
    tables = (folder / name for name in _FILES_WITH_A_TABLE_FOR_PYTEST)
    return any((folder / name).is_file() for name in _PYTEST_FILES) or any(
        re.search(r"(?m)^\s*\[(tool[.:])?pytest\b", path.read_text(errors="replace"))
        for path in tables
        if path.is_file()
    )


def _path(project: Project) -> Iterator[Path]:
    """Yield the folders of the project's modules, of its libraries, and of those that only its tests import.

    Raises:
        InvalidProject: A lock is out of date.
    """
    yield project.folder
    for wanted, locked in ((WANTED, LOCKED), (WANTED_FOR_TESTS, LOCKED_FOR_TESTS)):
        if notice := check_lock(project, default_lock(), wanted=wanted, locked=locked):
            say(notice)
        if (project.folder / locked).exists():
            yield unpacked(local_platform(), project.folder / locked, default_cache())


def without_account(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without credentials for an AWS account, since work under test may call AWS.

    It has made-up ones, with which AWS refuses every call. Sandboxes and moto accept them.
    """
    kept = {name: value for name, value in environment.items() if name not in _OF_AN_ACCOUNT}
    return {"AWS_DEFAULT_REGION": "us-east-1", **kept, **_MADE_UP}


def _advice() -> str:
    """Return how to install pytest, which works in every environment: those of uv and pipx have no pip."""
    uv = shlex.quote(shutil.which("uv") or find_uv_bin())
    command = f"{uv} pip install --python {shlex.quote(sys.executable)} pytest"
    return f"to install it: {command}, or install Faultline again as CHECKOUT[testing]"
