"""`faultline lock`: lock the libraries of a project."""

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say
from infra.project.lock import LOCKED
from infra.project.lock import lock as lock_project
from infra.project.project import FILE, find


def lock() -> None:
    """Lock the libraries in requirements.in: write their versions and hashes to requirements.txt."""
    project = find()
    if project is None:
        raise CommandFailed(f"there is no {FILE} here or above; to create one: faultline init DIR")
    number = lock_project(project)
    say(f"{project.folder / LOCKED} has {number} {'library' if number == 1 else 'libraries'}")
