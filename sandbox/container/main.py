"""Entry point of the sandbox's container, which starts LocalStack with the files prepared in the image.

The image is read-only. LocalStack writes to RUN, a folder in memory that is deleted with the container, and
to the user's cache, which is in memory too unless a volume is mounted for it. The prepared files
(`sandbox.container.prepare`) are linked into the cache.

With a project, functions run its package from disk.

The process starts in the product's environment, which contains the stages' settings, and then executes the
interpreter of LocalStack's environment (`launch.interpreter`).
"""

import json
import os
import sys
import uuid
from pathlib import Path

from sandbox.container.settings import ContainerSettings, InvalidSetting
from sandbox.process import launch, paths, service_index

PREPARED = Path("/opt/faultline/cache")
RUN = Path("/run/faultline")
CACHE = paths.cache_dir()
INIT = "etc/localstack/init"
"""The folder of LocalStack's init scripts: https://docs.localstack.cloud/aws/capabilities/config/initialization-hooks/"""

PORT = 4566

PRODUCT_PYTHON = "FAULTLINE_PYTHON"
"""The variable with the product's interpreter, for `ready.d/deploy.py`, which LocalStack runs."""

ENVIRONMENT = "FAULTLINE_CONTAINER"
"""The variable with the container's original environment as JSON, which the deployment uses."""


def main() -> None:
    """Replace this process with LocalStack, or print invalid settings and exit with status 2."""
    try:
        settings = ContainerSettings.read(os.environ)
    except InvalidSetting as error:
        sys.stderr.write(f"faultline: {error}\n")
        sys.exit(2)
    volume = RUN / "volume"
    for folder in (volume / "home", CACHE):
        folder.mkdir(parents=True, exist_ok=True)
    link(PREPARED, CACHE)
    project = settings.stage.project
    live = project.package if project else None
    environment = {
        **launch.environment(PORT, uuid.uuid4().hex, volume, CACHE, live=live),
        # The published port of the container decides who can reach it from outside.
        "GATEWAY_LISTEN": f"0.0.0.0:{PORT}",
        "LOCALSTACK_HOST": f"{launch.HOST}:{settings.port}",
        # Queue URLs have the host and port of the request, which differ between functions, the host and other
        # containers.
        "SQS_ENDPOINT_STRATEGY": "dynamic",
        # LocalStack's warnings about unsupported features would bury the container's own output.
        "LS_LOG": os.environ.get("LS_LOG") or "error",
        "PYTHONUNBUFFERED": "1",
        PRODUCT_PYTHON: sys.executable,
        "PYTHONSAFEPATH": "1",
        # Compose passes a variable without a value as empty.
        ENVIRONMENT: json.dumps({name: value for name, value in os.environ.items() if value}),
    }
    del environment["TMPDIR"]  # /tmp is the container's own
    service_index.provide(volume, CACHE, environment)
    _scripts(volume)
    command = launch.command()
    os.execve(command[0], command, environment)  # noqa: S606 # our own command


def link(prepared: Path, cache: Path) -> None:
    """Link the prepared files into the cache: `artifacts/<hash>`, `runtimes/<version>`, and so on.

    Broken links are removed: a cache that outlives its container may have links to files of an older image.
    """
    for path in [*cache.glob("*.dill"), *cache.glob("*/*")]:
        if path.is_symlink() and not path.exists():
            path.unlink()
    for path in [*prepared.glob("*.dill"), *prepared.glob("*/*")]:
        linked = cache / path.relative_to(prepared)
        linked.parent.mkdir(exist_ok=True)
        if not linked.exists():
            linked.symlink_to(path)


def _scripts(volume: Path) -> None:
    """Link the init scripts into the volume, where LocalStack looks for them when it runs outside Docker."""
    linked = volume / INIT
    linked.parent.mkdir(parents=True, exist_ok=True)
    if not linked.is_symlink():
        linked.symlink_to(f"/{INIT}")


if __name__ == "__main__":
    main()
