"""The process of a sandbox's container: LocalStack, with what the image holds ready for it.

The image's files cannot be written to. What LocalStack writes goes to one folder in memory, RUN, and with the
container it is gone; what the image has prepared (`sandbox.container.prepare`) is linked into it.

This starts in the product's environment, which knows the stages' settings, and becomes a process of
LocalStack's environment (`localstack.interpreter`).
"""

import os
import sys
import uuid
from pathlib import Path

from sandbox.container.settings import ContainerSettings, InvalidSetting
from sandbox.process import launch, service_index

PREPARED = Path("/opt/faultline/cache")
RUN = Path("/run/faultline")
CACHE = RUN / "cache"
INIT = "etc/localstack/init"
"""Where LocalStack looks for scripts: https://docs.localstack.cloud/aws/capabilities/config/initialization-hooks/"""

PORT = 4566

PRODUCT_PYTHON = "FAULTLINE_PYTHON"
"""A variable by which `ready.d/deploy.py`, run by LocalStack's interpreter, knows the product's."""


def main() -> None:
    """Become LocalStack; or say what is wrong with the settings, and exit with status 2."""
    try:
        settings = ContainerSettings.read(os.environ)
    except InvalidSetting as error:
        sys.stderr.write(f"faultline: {error}\n")
        sys.exit(2)
    volume = RUN / "volume"
    for folder in (volume / "home", CACHE):
        folder.mkdir(parents=True, exist_ok=True)
    _link(PREPARED, CACHE)
    environment = {
        **launch.environment(PORT, uuid.uuid4().hex, volume, CACHE),
        # Who may reach it from outside is decided where the container's port is published.
        "GATEWAY_LISTEN": f"0.0.0.0:{PORT}",
        "LOCALSTACK_HOST": f"{launch.HOST}:{settings.port}",
        # Queue URLs have the host and port by which they were asked for: others for functions, for the host,
        # and for the containers beside this one.
        "SQS_ENDPOINT_STRATEGY": "dynamic",
        # Its warnings of what it does not support would bury what this container has to say.
        "LS_LOG": os.environ.get("LS_LOG") or "error",
        "PYTHONUNBUFFERED": "1",
        PRODUCT_PYTHON: sys.executable,
        **{name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)},
    }
    del environment["TMPDIR"]  # /tmp is the container's own
    service_index.provide(volume, CACHE, environment)
    _scripts(volume)
    command = launch.command()
    os.execve(command[0], command, environment)  # noqa: S606 # our own command


_PASSED_ON = ("STAGE", "FAILURE_RATE", "LOG_LEVEL", "FAULTLINE_PORT")
"""What `sandbox.container.provision`, which LocalStack starts, reads as well."""


def _link(prepared: Path, cache: Path) -> None:
    """Link what is prepared into the cache: `artifacts/<hash>`, `runtimes/<version>`, and so on."""
    for path in [*prepared.glob("*.dill"), *prepared.glob("*/*")]:
        linked = cache / path.relative_to(prepared)
        linked.parent.mkdir(exist_ok=True)
        if not linked.is_symlink():
            linked.symlink_to(path)


def _scripts(volume: Path) -> None:
    """LocalStack, told that it is in no container, looks for its scripts below its volume."""
    linked = volume / INIT
    linked.parent.mkdir(parents=True, exist_ok=True)
    if not linked.is_symlink():
        linked.symlink_to(f"/{INIT}")


if __name__ == "__main__":
    main()
