"""Build of a project whose kinds of work, or whose lock, are invalid at first."""

from pathlib import Path
from typing import TYPE_CHECKING

from faultline.cli.display import say
from faultline.cli.file_versions import Versions, until_changed, versions
from faultline.cli.live_output import explain, reloaded
from infra.errors import InvalidProject
from infra.stages import StageSettings

if TYPE_CHECKING:
    from infra.deploy.packaging import Artifact


def build_when_fixed(
    settings: StageSettings, package: Path, before: Versions, error: InvalidProject
) -> "Artifact":
    """Show the error, and build the artifact as soon as the error is fixed.

    Args:
        settings: Settings of the stage, with its project.
        package: Folder of the project's package.
        before: Versions of the package's files before the error occurred.
        error: Error that made the build fail.
    """
    from infra.deploy.packaging import build, local_platform

    while True:
        say("It will be deployed as soon as this is fixed:")
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
