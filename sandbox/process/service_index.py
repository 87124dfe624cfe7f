"""LocalStack's index of AWS operations, built once for all sandboxes.

LocalStack builds it at the first request with each new volume, in about 3 s. Here it is built once and stored
in the cache, with a link where LocalStack expects an index shipped with its distribution.
"""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sandbox.process import launch

_BUILD = "import sys; from sandbox.speed.service_index import build; build(sys.argv[1])"


def provide(volume: Path, cache: Path, environment: Mapping[str, str]) -> None:
    """Link the index into a volume, and build it first if necessary.

    If the index cannot be built, LocalStack builds its own.

    Raises:
        EnvironmentMissing: LocalStack is not installed.
        OSError: The volume or the cache cannot be written.
    """
    # The name is LocalStack's own (localstack/aws/spec.py, _get_catalog_filename).
    versions = launch.versions("localstack-core", "botocore")
    name = "-".join(("service-catalog", *(each.replace(".", "_") for each in versions))) + ".dill"
    kept = cache / f"shared-{name}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # In the cache, since a file cannot be renamed from the volume if that is on another file system.
        with tempfile.TemporaryDirectory(dir=cache) as draft_folder:
            new = Path(draft_folder) / name
            built = subprocess.run(  # noqa: S603 - our own command
                [launch.interpreter(), "-c", _BUILD, str(new)],
                env=dict(environment),
                capture_output=True,
                check=False,
            )
            if built.returncode:
                return
            new.replace(kept)
    shipped = volume / "usr/lib/localstack" / name
    shipped.parent.mkdir(parents=True)
    shipped.symlink_to(kept)
