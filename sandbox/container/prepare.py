"""Files prepared when the image is built, so that a container starts faster and without a network.

The module runs in the product's environment, which builds the functions' artifact.
"""

import os
import subprocess
import tempfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from infra.deploy.installation import place_of
from infra.deploy.packaging import build, default_lock, local_platform
from infra.project.lock import names
from sandbox.container.main import PREPARED
from sandbox.process import launch, service_index
from sandbox.services.lambda_.executor.compiled_folder import publish, unpack

_RUNTIME = "from sandbox.services.lambda_.executor.artifact import runtime_root; runtime_root()"


def main() -> None:
    """Fill PREPARED with the files that every container needs.

    These are the functions' artifact (packed and unpacked), AWS's runtime client, the functions' libraries,
    and LocalStack's index of operations.
    """
    os.environ["FAULTLINE_CACHE_DIR"] = str(PREPARED)
    artifact = build(local_platform(), cache=PREPARED)
    # AWS's runtime client is copied from LocalStack's environment.
    subprocess.run([launch.interpreter(), "-c", _RUNTIME], check=True)  # noqa: S603 - our own command

    def fill(draft: Path) -> None:
        with zipfile.ZipFile(artifact.path) as zipped:
            unpack(zipped, draft)

    publish(PREPARED / "artifacts" / artifact.sha256, fill)
    _link_libraries()
    with tempfile.TemporaryDirectory() as scratch:
        volume = Path(scratch)
        service_index.provide(volume, PREPARED, launch.environment(0, "", volume, PREPARED))


def _link_libraries() -> None:
    """Link the functions' libraries into the folder from which a project's imports are resolved.

    The command's lock has the same versions (requirements/command.in), so one copy suffices.
    """
    folder = place_of(local_platform(), default_lock(), PREPARED)
    folder.mkdir(parents=True)
    for name in names(default_lock()):
        found = distribution(name)
        for top in {
            file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")
        }:
            if not (folder / top).is_symlink():
                (folder / top).symlink_to(str(found.locate_file(top)))


if __name__ == "__main__":
    main()
