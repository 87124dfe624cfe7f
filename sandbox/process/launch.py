"""How LocalStack is started: its command, and every setting that it gets, with why.

Settings: https://docs.localstack.cloud/aws/capabilities/config/configuration/ and localstack/config.py.
"""

import os
from functools import cache as once
from importlib.metadata import Distribution
from pathlib import Path

from sandbox.process.errors import EnvironmentMissing

HOST = "127.0.0.1"

IDENTITY = "FAULTLINE_SANDBOX_ID"
"""A variable with a value of its own in each sandbox's environment: by it a process is known as ours."""


INTERPRETER_VARIABLE = "FAULTLINE_SANDBOX_PYTHON"
"""A variable that names the interpreter of LocalStack's environment, where it is not the checkout's."""

SPEED_VARIABLE = "SANDBOX_SPEED"
"""A variable of the caller's environment: `0` leaves out what only saves time (sandbox/plugins.py)."""

_CHECKOUT = Path(__file__).resolve().parents[2]


def interpreter() -> Path:
    """Return the Python of LocalStack's environment, which is not this process's."""
    return Path(os.environ.get(INTERPRETER_VARIABLE) or _CHECKOUT / ".sandbox-venv" / "bin" / "python")


@once
def versions(*distributions: str) -> tuple[str, ...]:
    """Return the versions of distributions in LocalStack's environment.

    Raises:
        EnvironmentMissing: the environment does not exist, or lacks one of them.
    """
    paths = [str(place) for place in interpreter().parent.parent.glob("lib/python3*/site-packages")]
    found = [next(iter(Distribution.discover(name=name, path=paths)), None) for name in distributions]
    if None in found:
        raise EnvironmentMissing(interpreter())
    return tuple(each.version for each in found if each)


def command() -> list[str]:
    """Return the command that starts LocalStack."""
    return [str(interpreter()), "-m", "localstack.runtime.main"]


def environment(
    port: int, identity: str, volume: Path, cache: Path, *, live: Path | None = None
) -> dict[str, str]:
    """The whole environment of LocalStack: nothing of the user's AWS or LocalStack settings gets in.

    Parameters: the port to listen on; the value of IDENTITY; a folder that is LocalStack's alone; a folder
    that sandboxes share; a package that functions run as it is on disk (`lambda_.executor.reload`). Of the
    caller's environment only PATH, SANDBOX_SPEED and, to see more in the log, LS_LOG are taken.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(volume / "home"),
        # LocalStack leaves functions' code there. It warns that TMPDIR is deprecated, and means an older use.
        "TMPDIR": str(volume / "tmp"),
        IDENTITY: identity,
        **_where_it_listens(port),
        **_where_it_writes(volume),
        **_what_it_leaves_alone(),
        **_plugins(cache),
        **_pace(),
        **({"FAULTLINE_RELOAD": str(live)} if live else {}),
        "LS_LOG": os.environ.get("LS_LOG", "warning"),
    }


def _where_it_listens(port: int) -> dict[str, str]:
    return {
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        # The host in the URLs that it hands out; an address, so that they work without DNS.
        "LOCALSTACK_HOST": f"{HOST}:{port}",
        # Queue URLs as http://127.0.0.1:4566/queue/us-east-1/000000000000/name. The default puts service and
        # region into the host name.
        "SQS_ENDPOINT_STRATEGY": "path",
        "DNS_ADDRESS": "0",  # no DNS server
    }


def _where_it_writes(volume: Path) -> dict[str, str]:
    return {
        # Outside Docker it writes below FILESYSTEM_ROOT, by default in site-packages; inside Docker to fixed
        # folders, which it empties at start, those of another sandbox too. So: never "inside Docker".
        "OVERRIDE_IN_DOCKER": "0",
        "FILESYSTEM_ROOT": str(volume),
        "LOCALSTACK_VOLUME_DIR": str(volume),
        "CONFIG_DIR": str(volume / "config"),  # else it reads settings from ~/.localstack
    }


def _what_it_leaves_alone() -> dict[str, str]:
    return {
        "DISABLE_EVENTS": "1",  # no usage statistics
        "SKIP_SSL_CERT_DOWNLOAD": "1",  # it makes a certificate itself
        "AWS_EC2_METADATA_DISABLED": "true",  # its own clients do not ask 169.254.169.254
    }


def _plugins(cache: Path) -> dict[str, str]:
    return {
        "LAMBDA_RUNTIME_EXECUTOR": "process",  # sandbox.services.lambda_.executor
        "FAULTLINE_CACHE_DIR": str(cache),
        **({"SANDBOX_SPEED": speed} if (speed := os.environ.get(SPEED_VARIABLE)) else {}),
    }


def _pace() -> dict[str, str]:
    return {
        # Calls between its services go through memory instead of a socket to itself.
        "IN_MEMORY_CLIENT": "1",
    }
