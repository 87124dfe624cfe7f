"""A project whose kinds of work cannot be imported yet."""

from pathlib import Path
from typing import TYPE_CHECKING

from faultline.cli.display import say
from faultline.cli.talking import explain, reloaded
from faultline.cli.watched import Versions, until_changed, versions
from infra.errors import InvalidProject
from infra.stages import StageSettings

if TYPE_CHECKING:
    from infra.deploy.packaging import Artifact


def built_when_mended(
    settings: StageSettings, package: Path, before: Versions, error: InvalidProject
) -> "Artifact":
    """Show what is wrong, and build the artifact as soon as it has been mended.

    Args:
        settings: The stage, with its project.
        package: The project's package.
        before: The versions of its files from before `error`.
        error: What is wrong.
    """
    from infra.deploy.packaging import build, local_platform

    while True:
        say("It is deployed as soon as this is mended:")
        explain(error)
        paths = until_changed(package, before)
        before = versions(package)
        try:
            artifact = build(local_platform(), project=settings.project)
        except InvalidProject as still:
            error = still
            reloaded(paths, package)
        else:
            reloaded(paths, package)
            return artifact
