"""`faultline lock`: lock the libraries of a project."""

from typing import Annotated

import typer

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say
from infra.project.lock import lock as lock_project
from infra.project.lock import lock_for_tests
from infra.project.lock_origin import LOCKED, LOCKED_FOR_TESTS
from infra.project.project import FILE, find


def lock(
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Lock the latest versions, not those that are locked already.")
    ] = False,
) -> None:
    """Lock the libraries in requirements.in: write their versions and hashes to requirements.txt.

    The libraries in requirements-dev.in, if there is one, are locked in requirements-dev.txt for the tests.
    """
    project = find()
    if project is None:
        raise CommandFailed(f"there is no {FILE} here or above; to create one: faultline init DIR")
    counts = {LOCKED: lock_project(project, upgrade=upgrade)}
    for_tests = lock_for_tests(project, upgrade=upgrade)
    if for_tests is not None:
        counts[LOCKED_FOR_TESTS] = for_tests
    for name, number in counts.items():
        say(f"{project.folder / name} has {number} {'library' if number == 1 else 'libraries'}")
