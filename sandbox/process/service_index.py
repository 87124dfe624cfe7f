"""The index of AWS operations that LocalStack looks requests up in.

LocalStack builds it at the first request of each fresh volume, in about 3 s. Here it is built once and kept
in the cache; where LocalStack looks for one that came with it, it finds a link to that.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from sandbox.process import launch

_BUILD = "import sys; from localstack.aws.spec import build_service_index_cache as b; b(sys.argv[1])"


def provide(volume: Path, cache: Path, environment: Mapping[str, str]) -> None:
    """Put the index into a volume. Raises OSError; when it cannot be built, LocalStack does as it used to."""
    # The name is LocalStack's own (localstack/aws/spec.py, _get_catalog_filename).
    versions = launch.versions("localstack-core", "botocore")
    name = "-".join(("service-catalog", *(each.replace(".", "_") for each in versions))) + ".dill"
    kept = cache / name
    if not kept.exists():
        new = volume / name
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
