"""LocalStack's command line and settings, with the reasons for them.

Settings: https://docs.localstack.cloud/aws/capabilities/config/configuration/ and localstack/config.py.
"""

import os
from functools import cache as once
from importlib.metadata import Distribution
from pathlib import Path

from sandbox.process import installation
from sandbox.process.errors import EnvironmentMissing

HOST = "127.0.0.1"

IDENTITY = "FAULTLINE_SANDBOX_ID"
"""The variable that identifies a sandbox's processes. Each sandbox has its own value."""


INTERPRETER_VARIABLE = "FAULTLINE_SANDBOX_PYTHON"
"""The variable with the interpreter of LocalStack's environment, if it is not the checkout's."""

SPEED_VARIABLE = "SANDBOX_SPEED"
"""A variable of the caller's environment: `0` leaves out entries that only save time (sandbox/plugins.py)."""

_CHECKOUT = Path(__file__).resolve().parents[2]


def interpreter() -> Path:
    """Return the path of the Python interpreter in LocalStack's environment."""
    if given := os.environ.get(INTERPRETER_VARIABLE):
        return Path(given)
    if installation.is_installed_as_a_tool():
        return installation.environment() / "bin" / "python"
    return _CHECKOUT / ".sandbox-venv" / "bin" / "python"


def is_to_be_installed() -> bool:
    """Return whether LocalStack's environment must still be created."""
    is_ours = INTERPRETER_VARIABLE not in os.environ and installation.is_installed_as_a_tool()
    return is_ours and not installation.is_made()


@once
def versions(*distributions: str) -> tuple[str, ...]:
    """Return the installed versions of distributions in LocalStack's environment.

    Raises:
        EnvironmentMissing: The environment does not exist, or lacks one of them.
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
    """Return all environment variables for LocalStack, without the user's AWS and LocalStack settings.

    Only PATH, SANDBOX_SPEED and, for a more detailed log, LS_LOG are taken from the caller's environment.

    Args:
        port: The port to listen on.
        identity: The value of IDENTITY.
        volume: A folder that no other LocalStack uses.
        cache: A folder that sandboxes share.
        live: A package that functions run from disk (`lambda_.executor.reload`).
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(volume / "home"),
        # LocalStack puts functions' code there. Its warning that TMPDIR is deprecated concerns an older use.
        "TMPDIR": str(volume / "tmp"),
        IDENTITY: identity,
        **_addresses(port),
        **_folders(volume),
        **_isolation(),
        **_plugins(cache),
        **_pace(),
        **({"FAULTLINE_RELOAD": str(live)} if live else {}),
        "LS_LOG": os.environ.get("LS_LOG", "warning"),
    }


def _addresses(port: int) -> dict[str, str]:
    return {
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        # The host in LocalStack's URLs: an address, so that they work without DNS.
        "LOCALSTACK_HOST": f"{HOST}:{port}",
        # Queue URLs as http://127.0.0.1:4566/queue/us-east-1/000000000000/name. The default puts service and
        # region into the host name.
        "SQS_ENDPOINT_STRATEGY": "path",
        "DNS_ADDRESS": "0",  # no DNS server
    }


def _folders(volume: Path) -> dict[str, str]:
    return {
        # Outside Docker, LocalStack writes below FILESYSTEM_ROOT, by default in site-packages. Inside, it
        # empties fixed folders at start, including those of another sandbox. So it is never "inside Docker".
        "OVERRIDE_IN_DOCKER": "0",
        "FILESYSTEM_ROOT": str(volume),
        "LOCALSTACK_VOLUME_DIR": str(volume),
        "CONFIG_DIR": str(volume / "config"),  # otherwise LocalStack reads settings from ~/.localstack
    }


def _isolation() -> dict[str, str]:
    return {
        "DISABLE_EVENTS": "1",  # no usage statistics
        "SKIP_SSL_CERT_DOWNLOAD": "1",  # LocalStack creates a certificate itself
        "AWS_EC2_METADATA_DISABLED": "true",  # LocalStack's own clients do not query 169.254.169.254
    }


def _plugins(cache: Path) -> dict[str, str]:
    return {
        "GATEWAY_SERVER": "faultline",  # sandbox.common.web_server
        "LAMBDA_RUNTIME_EXECUTOR": "process",  # sandbox.services.lambda_.executor
        "FAULTLINE_CACHE_DIR": str(cache),
        **({"SANDBOX_SPEED": speed} if (speed := os.environ.get(SPEED_VARIABLE)) else {}),
    }


def _pace() -> dict[str, str]:
    return {
        # Calls between LocalStack's services do not go through a socket.
        "IN_MEMORY_CLIENT": "1",
        # A single heap instead of one per thread, each of which keeps the memory that it once had
        # (mallopt(3)): 15 MB.
        "MALLOC_ARENA_MAX": "1",
    }
